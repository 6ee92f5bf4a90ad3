import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SealingKey, SealingKeys } from './sealing-keys.js';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const KEY_BYTES = 32;
/** Without it Node 20 opens a box whose tag was cut to four bytes. */
const TAG = { authTagLength: 16 } as const;
const FORM = /^v1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

interface Envelope {
  readonly keyId: string;
  /** The secret's own key, encrypted by a sealing key. */
  readonly wrapped: Buffer;
  readonly sealed: Buffer;
}

/**
 * Encrypts a secret for one place: `v1.<key id>.<wrapped key>.<sealed secret>`, base64url. It opens nowhere else.
 * @param place system and field, as the hub file's path: `systems.erp.config.url`
 */
export function sealSecret(secret: string, place: string, key: SealingKey): string {
  const own = randomBytes(KEY_BYTES);
  const sealed = encrypt(Buffer.from(secret, 'utf8'), own, placeText(place));
  return toText({ keyId: key.id, wrapped: encrypt(own, key.key, wrapText(place, key.id)), sealed });
}

/** The secret; null for one of another place, of a key that is not there, or that was changed. */
export function openSecret(text: string, place: string, keys: SealingKeys): string | null {
  const envelope = toEnvelope(text);
  const own = envelope && unwrap(envelope, place, keys);
  return own ? (decrypt(envelope.sealed, own, placeText(place))?.toString('utf8') ?? null) : null;
}

/** The same sealed secret under the newest key: only its own key is encrypted anew. Null as {@link openSecret}. */
export function rewrapSecret(text: string, place: string, keys: SealingKeys): string | null {
  const envelope = toEnvelope(text);
  const own = envelope && unwrap(envelope, place, keys);
  const { sealing } = keys;
  if (!own || !sealing || !decrypt(envelope.sealed, own, placeText(place))) return null;
  if (envelope.keyId === sealing.id) return text;
  return toText({ ...envelope, keyId: sealing.id, wrapped: encrypt(own, sealing.key, wrapText(place, sealing.id)) });
}

function unwrap({ keyId, wrapped }: Envelope, place: string, keys: SealingKeys): Buffer | null {
  const key = keys.byId.get(keyId);
  return key ? decrypt(wrapped, key.key, wrapText(place, keyId)) : null;
}

function encrypt(plain: Buffer, key: Buffer, about: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv, TAG);
  cipher.setAAD(about);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

function decrypt(box: Buffer, key: Buffer, about: Buffer): Buffer | null {
  const start = IV_BYTES + TAG.authTagLength;
  if (box.length < start) return null;
  const decipher = createDecipheriv(ALGORITHM, key, box.subarray(0, IV_BYTES), TAG);
  decipher.setAAD(about);
  decipher.setAuthTag(box.subarray(IV_BYTES, start));
  const body = decipher.update(box.subarray(start));
  try {
    return Buffer.concat([body, decipher.final()]);
  } catch {
    return null; // the only thing that it says: not what was sealed
  }
}

function placeText(place: string): Buffer {
  return Buffer.from(JSON.stringify(['plumbline secret v1', place]));
}

function wrapText(place: string, keyId: string): Buffer {
  return Buffer.from(JSON.stringify(['plumbline secret key v1', keyId, place]));
}

function toText({ keyId, wrapped, sealed }: Envelope): string {
  return `v1.${keyId}.${wrapped.toString('base64url')}.${sealed.toString('base64url')}`;
}

function toEnvelope(text: string): Envelope | null {
  const [, keyId, wrapped, sealed] = FORM.exec(text) ?? [];
  if (keyId === undefined || wrapped === undefined || sealed === undefined) return null;
  return { keyId, wrapped: Buffer.from(wrapped, 'base64url'), sealed: Buffer.from(sealed, 'base64url') };
}
