import { testGoldenStore } from '#golden-record/testing';
import {
  AddGuardWindow,
  AddReverts,
  CreateGoldenTables,
  CreateOutboxTables,
  Database,
  PostgresGoldenStore,
} from '#store-postgres';
import { serverAddresses, unique } from '../harness/servers.js';

testGoldenStore(async () => {
  const schema = unique('golden');
  const database = await Database.connect(
    { url: serverAddresses().databaseUrl, schema, applicationName: 'golden-test', poolSize: 3 },
    [CreateOutboxTables, CreateGoldenTables, AddGuardWindow, AddReverts],
  );
  await database.migrate();
  const outbox = "SELECT string_to_array(topics, ',') AS topics, key, value FROM outbox ORDER BY sequence";
  return {
    store: new PostgresGoldenStore(database),
    outbox: () => database.query<{ topics: string[]; key: string; value: Buffer }>(outbox),
    close: async () => {
      await database.query(`DROP SCHEMA "${schema}" CASCADE`);
      await database.close();
    },
  };
});
