import { afterAll, beforeAll } from '@jest/globals';
import { testReplayStore } from '#replay/testing';
import { CreateReplayTables, Database, PostgresReplayStore } from '#store-postgres';
import { createDatabase, type ScratchDatabase } from '../harness/servers.js';

let scratch: ScratchDatabase;
let database: Database;

beforeAll(async () => {
  scratch = await createDatabase('replay_store');
  const options = { url: scratch.url, schema: 'replay', applicationName: 'replay-store-test' };
  database = await Database.connect(options, [CreateReplayTables]);
  await database.migrate();
});
afterAll(async () => {
  await database.close();
  await scratch.drop();
});

testReplayStore(async () => {
  await database.query('TRUNCATE replay CASCADE');
  return {
    store: new PostgresReplayStore(database),
    expireLeases: async () => {
      await database.query(`UPDATE replay SET leased_until = clock_timestamp() - interval '1 second'`);
    },
    close: () => Promise.resolve(),
  };
});
