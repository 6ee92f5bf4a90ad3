import { afterAll, beforeAll } from '@jest/globals';
import { testDeadLetterStore, testReplayStore } from '#replay/testing';
import {
  AddHeldLetters,
  AddReplayRunner,
  CreateDeadLetterTables,
  CreateReplayTables,
  Database,
  PostgresDeadLetterStore,
  PostgresReplayStore,
} from '#store-postgres';
import { createDatabase, type ScratchDatabase } from '../harness/servers.js';

let scratch: ScratchDatabase;
let database: Database;

beforeAll(async () => {
  scratch = await createDatabase('replay_store');
  const options = { url: scratch.url, schema: 'replay', applicationName: 'replay-store-test' };
  database = await Database.connect(options, [
    CreateReplayTables,
    CreateDeadLetterTables,
    AddReplayRunner,
    AddHeldLetters,
  ]);
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

testDeadLetterStore(async () => {
  await database.query('TRUNCATE dead_letter, dead_letter_position, dead_letter_sender');
  return {
    store: new PostgresDeadLetterStore(database),
    expireLease: async () => {
      await database.query(`UPDATE dead_letter_sender SET leased_until = clock_timestamp() - interval '1 second'`);
    },
  };
});
