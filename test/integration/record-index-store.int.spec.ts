import { afterAll, beforeAll } from '@jest/globals';
import { testNewestOfType, testRecordIndexStore } from '#record-index/testing';
import {
  AddNewestRecord,
  CreateIndexTables,
  CreateOutboxTables,
  Database,
  IndexRecordsByKind,
  PostgresRecordIndexStore,
} from '#store-postgres';
import { createDatabase, unique, type ScratchDatabase } from '../harness/servers.js';

let scratch: ScratchDatabase;
let opened: Database | null = null;

beforeAll(async () => {
  scratch = await createDatabase('index');
});
afterAll(async () => {
  await opened?.close();
  await scratch.drop();
});

async function openStore(): Promise<PostgresRecordIndexStore> {
  const place = { url: scratch.url, schema: unique('s'), applicationName: 'index-test', poolSize: 3 };
  const migrations = [CreateOutboxTables, CreateIndexTables, AddNewestRecord, IndexRecordsByKind];
  const database = await Database.connect(place, migrations);
  await opened?.close();
  opened = database;
  await database.migrate();
  return new PostgresRecordIndexStore(database);
}

testRecordIndexStore('PostgresRecordIndexStore', openStore);
testNewestOfType('PostgresRecordIndexStore', openStore);
