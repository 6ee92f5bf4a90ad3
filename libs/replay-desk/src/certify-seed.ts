import { DIGEST_VERSION } from '#canonical';
import type { Instant } from '#kernel';
import {
  certify,
  toCertifiedSources,
  type CertificateKey,
  type CertifiedSources,
  type SeedCertificate,
  type SeedCheck,
} from '#replay';
import type { SeedSession } from './seed-session.js';

/** Who certifies what under which name, and with which key. */
export interface CertificateOrder {
  readonly id: string;
  readonly by: string;
  readonly at: Instant;
  readonly key: CertificateKey;
}

/** Certifies a check of the session's target that found no difference. @throws HubError HUB_BROKER_* */
export async function certifySeed(
  session: Omit<SeedSession, 'target' | 'close'>,
  found: SeedCheck,
  { key, ...order }: CertificateOrder,
): Promise<SeedCertificate> {
  const { topic, entity, targetName: target, shape, pages } = session;
  const ranges = await pages.offsets();
  const fromOffsets = new Map([...ranges].map(([partition, { low }]) => [partition, low]));
  const schemaIds = session.schemaIds();
  const sources = await findSources(session);
  const facts = { ...order, topic, entity, target, shape, schemaIds, digestVersion: DIGEST_VERSION, fromOffsets };
  return certify(found, { ...facts, ...(sources && { sources }) }, key);
}

async function findSources({ sources }: Pick<SeedSession, 'sources'>): Promise<CertifiedSources | undefined> {
  const staged = await sources?.stage.find();
  return staged ? toCertifiedSources(staged) : undefined;
}
