import { AuditTrail, type AuditKeys } from '#audit';
import type { ApiKeyStore } from '#auth';
import type { HubFile } from '#hub-file';
import { systemClock } from '#kernel';
import { CreateAccessTables, CreateApiKeys, Database, PostgresApiKeyStore, PostgresAuditStore } from '#store-postgres';
import { accessSchema } from './open-access.js';

/** The keys of a hub, and the audit of what is done to them. */
export interface OpenApiKeys {
  readonly store: ApiKeyStore;
  readonly trail: AuditTrail;
}

/** The keys of a hub, to be written: makes their tables where there are none. For the CLI. @throws HubError HUB_DATABASE_UNREACHABLE */
export async function withApiKeys<T>(
  place: { readonly file: HubFile; readonly url: string; readonly keys: AuditKeys },
  work: (opened: OpenApiKeys) => Promise<T>,
): Promise<T> {
  const { file, url, keys } = place;
  const options = { url, schema: accessSchema(file), applicationName: 'plumbline access', poolSize: 2 };
  const database = await Database.connect(options, [CreateAccessTables, CreateApiKeys]);
  try {
    await database.migrate();
    const chain = new PostgresAuditStore(database);
    const trail = new AuditTrail({ store: chain, keys, clock: systemClock, onEntry: () => undefined });
    return await work({ store: new PostgresApiKeyStore(database), trail });
  } finally {
    await database.close();
  }
}
