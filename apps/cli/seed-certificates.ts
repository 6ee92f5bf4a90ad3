import { randomUUID } from 'node:crypto';
import type { AuditKeys } from '#audit';
import { HubError, instantOfMs } from '#kernel';
import { checkSeed, type SeedCertificate, type SeedCheck } from '#replay';
import type { PostgresCertificateStore } from '#store-postgres';
import type { CliContext } from './context.js';
import type { SeedSession } from './seed-session.js';
import { openSeedStore } from './seed-store.js';

/** Where certificates are kept, and what they are signed with. */
export interface Certificates {
  readonly store: PostgresCertificateStore;
  readonly keys: AuditKeys;
}

/** Opens certificates for one piece of work. @throws HubError HUB_CONFIG_INVALID without DATABASE_URL, or without a key or token */
export async function withCertificates<T>(
  context: CliContext,
  work: (certificates: Certificates) => Promise<T>,
): Promise<T> {
  const { AUDIT_KEYS } = context.config;
  const { auditKeysFor } = await import('#access');
  const keys = auditKeysFor(AUDIT_KEYS, AUDIT_KEYS ? '' : context.token);
  const { PostgresCertificateStore } = await import('#store-postgres');
  const database = await openSeedStore(context);
  try {
    return await work({ store: new PostgresCertificateStore(database), keys });
  } finally {
    await database.close();
  }
}

/** Compares target and topic at the target's own offsets. @throws HubError HUB_SCAN_INCOMPLETE when interrupted */
export function checkTarget({ entity, pages, target, signal }: SeedSession, limit: number): Promise<SeedCheck> {
  return checkSeed({ entity, pages, target, signal, limit });
}

/** Certifies a check of the session's target, and keeps the certificate. @throws HubError HUB_DATABASE_* */
export async function keepCertificate(
  context: CliContext,
  session: SeedSession,
  found: SeedCheck,
  { store, keys }: Certificates,
): Promise<SeedCertificate> {
  const { certifySeed } = await import('#replay-desk');
  const certificate = await certifySeed(session, found, {
    ...{ id: `seed-${randomUUID()}`, by: context.actor, at: instantOfMs(context.clock.nowMs()), key: keys.signing },
  });
  await store.add(certificate);
  return certificate;
}

/** @throws HubError HUB_NOT_FOUND */
export async function getCertificate({ store }: Certificates, id: string): Promise<SeedCertificate> {
  const certificate = await store.find(id);
  if (certificate) return certificate;
  throw new HubError('HUB_NOT_FOUND', `There is no certificate ${id}; \`plumbline seed certificate\` lists them.`, {
    id,
  });
}
