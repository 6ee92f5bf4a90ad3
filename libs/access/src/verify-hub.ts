import type { AuditKeys, Checkpoint } from '#audit';
import type { HubFile } from '#hub-file';
import type { AvroCodec, TopicReader } from '#messaging-kafka';
import { readCheckpoints } from './read-checkpoints.js';
import { auditedServices, verifyAudit, type ServiceAudit } from './verify-audit.js';

/** Where the audit of a hub lies, and what was published of it. */
export interface AuditPlace {
  readonly file: HubFile;
  /** Of PostgreSQL. */
  readonly url: string;
  readonly keys: AuditKeys;
  readonly reader: TopicReader;
  readonly codec: AvroCodec;
}

/** The chain of one service, with the last place of it that was published. */
export interface AnchoredAudit extends ServiceAudit {
  readonly anchored: Checkpoint | null;
}

/** Verifies the chain of every service, one after another. @throws HubError HUB_DATABASE_*, HUB_BROKER_*, HUB_REGISTRY_* */
export async function verifyHub({ file, url, keys, reader, codec }: AuditPlace): Promise<readonly AnchoredAudit[]> {
  const published = await readCheckpoints(reader, codec, file.hub.topicPrefix);
  const services: AnchoredAudit[] = [];
  for (const service of auditedServices(file)) {
    const checkpoints = published.get(service) ?? [];
    const anchored = checkpoints.reduce<Checkpoint | null>(
      (last, one) => (last && last.seq > one.seq ? last : one),
      null,
    );
    services.push({ ...(await verifyAudit({ file, url, service }, { keys, checkpoints })), anchored });
  }
  return services;
}
