import { auditKeysFor, type AuditPlace } from '#access';
import type { ServiceSettings } from '#config';
import { systemClock, type Logger } from '#kernel';
import { AvroCodec, openSchemas, TopicReader } from '#messaging-kafka';
import type { Database } from '#store-postgres';
import { HubAudit } from './hub-audit.js';

/** The audits of all services, read through the admin's own database connections. */
export function openHubAudit(settings: ServiceSettings & { readonly logger: Logger }, database: Database): HubAudit {
  const { file, servers, http, auditSecrets, logger } = settings;
  const codec = new AvroCodec(openSchemas(servers, logger));
  const connection = { brokers: servers.brokers, ...servers.kafkaSecurity, clientId: 'plumbline-admin-audit', logger };
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
