import { auditKeysFor, type AuditPlace } from '#access';
import type { ServiceSettings } from '#config';
import { systemClock } from '#kernel';
import { TopicReader, type AvroCodec, type KafkaConnection } from '#messaging-kafka';
import type { Database } from '#store-postgres';
import { HubAudit } from './hub-audit.js';

/** What audits and their checkpoints are read from. */
export interface HubAuditSources {
  readonly database: Database;
  readonly connection: KafkaConnection;
  readonly codec: AvroCodec;
}

/** The audits of all services, read through the admin's own database connections. */
export function openHubAudit(
  { file, servers, http, auditSecrets }: ServiceSettings,
  { database, connection, codec }: HubAuditSources,
): HubAudit {
  const keys = auditKeysFor(auditSecrets, http.token);
  const verifying = async <T>(work: (place: AuditPlace) => Promise<T>): Promise<T> => {
    const reader = new TopicReader(connection);
    try {
      return await work({ file, url: servers.databaseUrl, keys, reader, codec });
    } finally {
      await reader.close();
    }
  };
  return new HubAudit({ file, database, clock: systemClock, verifying });
}
