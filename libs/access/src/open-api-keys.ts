import { randomUUID } from 'node:crypto';
import { AuditTrail, type AuditKeys } from '#audit';
import { SERVICE_PRINCIPAL, type ApiKeyStore, type FourEyes } from '#auth';
import type { HubFile } from '#hub-file';
import { systemClock } from '#kernel';
import { CreateAccessTables, CreateApiKeys, Database, PostgresApiKeyStore, PostgresAuditStore } from '#store-postgres';
import { ApiKeyDesk } from './api-key-desk.js';
import { rolesOf } from './hub-roles.js';
import type { Changer } from './kept-act.js';
import { accessSchema } from './open-access.js';

/** The keys of a hub, and the audit of what is done to them. */
export interface OpenApiKeys {
  readonly desk: ApiKeyDesk;
  readonly store: ApiKeyStore;
  readonly trail: AuditTrail;
}

/** Where the keys of a hub lie. */
export interface ApiKeysPlace {
  readonly file: HubFile;
  readonly url: string;
  /** Of the audit. */
  readonly keys: AuditKeys;
  readonly fourEyes?: Pick<FourEyes, 'run'>;
}

/**
 * The keys of a hub, to be written: makes their tables where there are none. For the CLI and the admin page.
 * @throws HubError HUB_DATABASE_UNREACHABLE
 */
export async function withApiKeys<T>(
  { file, url, keys, fourEyes }: ApiKeysPlace,
  work: (opened: OpenApiKeys) => Promise<T>,
): Promise<T> {
  const options = { url, schema: accessSchema(file), applicationName: 'plumbline access', poolSize: 2 };
  const database = await Database.connect(options, [CreateAccessTables, CreateApiKeys]);
  try {
    await database.migrate();
    const chain = new PostgresAuditStore(database);
    const trail = new AuditTrail({ store: chain, keys, clock: systemClock, onEntry: () => undefined });
    const store = new PostgresApiKeyStore(database);
    const parts = { store, trail, roles: rolesOf(file), clock: systemClock };
    return await work({ store, trail, desk: new ApiKeyDesk({ ...parts, ...(fourEyes && { fourEyes }) }) });
  } finally {
    await database.close();
  }
}

/** Whoever has the hub's database and a command line: every right, under the name that they say. */
export function operatorNamed(actor: string): Changer {
  return { actor, principal: SERVICE_PRINCIPAL, requestId: randomUUID() };
}
