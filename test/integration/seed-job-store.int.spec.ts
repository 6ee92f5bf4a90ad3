import { afterAll, beforeAll } from '@jest/globals';
import { testSeedJobStore } from '#replay/testing';
import { CreateSeedJobs, Database, PostgresSeedJobStore } from '#store-postgres';
import { createDatabase, type ScratchDatabase } from '../harness/servers.js';

let scratch: ScratchDatabase;
let database: Database;

beforeAll(async () => {
  scratch = await createDatabase('seed_jobs');
  const options = { url: scratch.url, schema: 'replay', applicationName: 'seed-job-store-test' };
  database = await Database.connect(options, [CreateSeedJobs]);
  await database.migrate();
});
afterAll(async () => {
  await database.close();
  await scratch.drop();
});

testSeedJobStore(async () => {
  await database.query('TRUNCATE seed_job');
  return {
    store: new PostgresSeedJobStore(database),
    expireLeases: async () => {
      await database.query(
        `UPDATE seed_job SET leased_until = clock_timestamp() - interval '1 second' WHERE owner <> ''`,
      );
    },
  };
});
