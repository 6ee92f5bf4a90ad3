import { schemaName } from '#hub-file';
import type { Database } from '#store-postgres';
import type { CliContext } from './context.js';

/** Opens what the hub keeps of seeds: certificates, places in topics, and what sources said (schema `<prefix>replay`). @throws HubError HUB_CONFIG_INVALID, HUB_DATABASE_UNREACHABLE */
export async function openSeedStore(context: CliContext): Promise<Database> {
  const { CreateSeedSources, CreateSeedTables, Database } = await import('#store-postgres');
  const names = { schema: schemaName(context.hub, 'replay'), applicationName: 'plumbline seeds' };
  const options = { url: context.server('DATABASE_URL'), ...names, poolSize: 2 };
  return migrated(await Database.connect(options, [CreateSeedTables, CreateSeedSources]));
}

/** Opens the gateway's feeds. @throws HubError HUB_CONFIG_INVALID, HUB_DATABASE_UNREACHABLE */
export async function openFeedStore(context: CliContext): Promise<Database> {
  const { AddNamedFeeds, CreateFeedTables, Database } = await import('#store-postgres');
  const names = { schema: schemaName(context.hub, 'gateway'), applicationName: 'plumbline seeds' };
  const options = { url: context.server('DATABASE_URL'), ...names, poolSize: 2 };
  return migrated(await Database.connect(options, [CreateFeedTables, AddNamedFeeds]));
}

async function migrated(database: Database): Promise<Database> {
  try {
    await database.migrate();
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
