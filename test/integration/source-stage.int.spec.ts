import { afterAll, beforeAll } from '@jest/globals';
import { testSourceStage } from '#replay/testing';
import { CreateSeedSources, Database, PostgresSourceStage } from '#store-postgres';
import { createDatabase, type ScratchDatabase } from '../harness/servers.js';

let scratch: ScratchDatabase;
let database: Database;

beforeAll(async () => {
  scratch = await createDatabase('seed_sources');
  const options = { url: scratch.url, schema: 'replay', applicationName: 'source-stage-test' };
  database = await Database.connect(options, [CreateSeedSources]);
  await database.migrate();
});
afterAll(async () => {
  await database.close();
  await scratch.drop();
});

testSourceStage(async () => {
  await database.query('TRUNCATE seed_source CASCADE');
  return new PostgresSourceStage(database, 'db.example/shop public.product');
});
