import type { ApiKeyStore } from '#auth';
import type { HubFile } from '#hub-file';
import { CreateApiKeys, Database, PostgresApiKeyStore } from '#store-postgres';
import { accessSchema } from './open-access.js';

/** The keys of a hub, to be written: makes their table where there is none. For the CLI. @throws HubError HUB_DATABASE_UNREACHABLE */
export async function withApiKeys<T>(file: HubFile, url: string, work: (store: ApiKeyStore) => Promise<T>): Promise<T> {
  const place = { url, schema: accessSchema(file), applicationName: 'plumbline access', poolSize: 2 };
  const database = await Database.connect(place, [CreateApiKeys]);
  try {
    await database.migrate();
    return await work(new PostgresApiKeyStore(database));
  } finally {
    await database.close();
  }
}
