import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { HubError } from '#kernel';

/** A key of the chain. Whoever has it can write a false history: it belongs to the services and to whoever verifies. */
export interface AuditKey {
  /** Public name: the start of a digest of the key. */
  readonly id: string;
  sign(text: string): string;
}

/** Keys by id, to verify with, and the one that signs now. */
export interface AuditKeys {
  readonly signing: AuditKey;
  readonly byId: ReadonlyMap<string, AuditKey>;
}

/** @param secrets of at least 32 bytes each, the newest first: it signs, the others verify what they signed */
export function auditKeysOf(secrets: readonly Buffer[]): AuditKeys {
  const keys = secrets.map(toKey);
  const [signing] = keys;
  if (!signing) throw new HubError('HUB_INVARIANT_BROKEN', 'An audit needs a key.');
  return { signing, byId: new Map(keys.map((key) => [key.id, key])) };
}

/** The secret where none is given: made of the service token, so that it changes when that does. */
export function auditSecretOfToken(token: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, '', 'plumbline audit', 32));
}

function toKey(secret: Buffer): AuditKey {
  const id = createHash('sha256').update(secret).digest('hex').slice(0, 12);
  return { id, sign: (text) => createHmac('sha256', secret).update(text).digest('hex') };
}
