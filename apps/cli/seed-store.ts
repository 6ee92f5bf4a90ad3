import { schemaName } from '#hub-file';
import type { Database } from '#store-postgres';
import type { CliContext } from './context.js';

/** Opens what the hub keeps of seeds: certificates, places in topics, and what sources said (schema `<prefix>replay`). @throws HubError HUB_CONFIG_INVALID, HUB_DATABASE_UNREACHABLE */
export async function openSeedStore(context: CliContext): Promise<Database> {
  const { CreateSeedSources, CreateSeedTables, Database } = await import('#store-postgres');
  const names = { schema: schemaName(context.hub, 'replay'), applicationName: 'plumbline seeds' };
  const database = await Database.connect({ url: context.server('DATABASE_URL'), ...names, poolSize: 2 }, [
    CreateSeedTables,
    CreateSeedSources,
  ]);
  try {
    await database.migrate();
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
