import type { ApiKeyStore, StoredApiKey } from '#auth';
import type { Instant } from '#kernel';
import { Database, PostgresApiKeyStore } from '#store-postgres';

/**
 * The hub's API keys, read by a service: it connects when the first key is shown, and where nobody ever made a key (no table is
 * there) finds none. They are written by the CLI and the admin page (`withApiKeys`).
 */
export class LazyApiKeyStore implements Pick<ApiKeyStore, 'find' | 'touch'> {
  private database: Promise<Database> | null = null;

  constructor(private readonly place: { readonly url: string; readonly schema: string }) {}

  async find(prefix: string): Promise<StoredApiKey | null> {
    const database = await this.open();
    const [table] = await database.query<{ readonly name: string | null }>(
      "SELECT to_regclass('api_key')::text AS name",
    );
    return table?.name ? new PostgresApiKeyStore(database).find(prefix) : null;
  }

  async touch(prefix: string, at: Instant): Promise<void> {
    await new PostgresApiKeyStore(await this.open()).touch(prefix, at);
  }

  async close(): Promise<void> {
    await (await this.database)?.close();
  }

  private async open(): Promise<Database> {
    this.database ??= Database.connect({ ...this.place, applicationName: 'plumbline access', poolSize: 2 }, []);
    try {
      return await this.database;
    } catch (error) {
      this.database = null; // the server may be back at the next key
      throw error;
    }
  }
}
