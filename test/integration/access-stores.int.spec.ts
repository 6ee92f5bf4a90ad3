import { describe, expect, test } from '@jest/globals';
import { testAuditStore } from '#audit/testing';
import { testApiKeys, testSecondPerson } from '#auth/testing';
import {
  CreateAccessTables,
  CreateApiKeys,
  Database,
  PostgresApiKeyStore,
  PostgresApprovalStore,
  PostgresAuditStore,
} from '#store-postgres';
import { serverAddresses, unique } from '../harness/servers.js';

async function open<Store>(make: (database: Database) => Store) {
  const schema = unique('access');
  const place = { url: serverAddresses().databaseUrl, schema, applicationName: 'access-test', poolSize: 4 };
  const database = await Database.connect(place, [CreateAccessTables, CreateApiKeys]);
  await database.migrate();
  const close = async (): Promise<void> => {
    await database.query(`DROP SCHEMA "${schema}" CASCADE`);
    await database.close();
  };
  return { store: make(database), database, close };
}

testAuditStore('PostgresAuditStore', () => open((database) => new PostgresAuditStore(database)));
testApiKeys('PostgreSQL', () => open((database) => new PostgresApiKeyStore(database)));
testSecondPerson('PostgreSQL', () => open((database) => new PostgresApprovalStore(database)));

describe('the table of the audit', () => {
  test.each(['UPDATE audit_chain SET actor = $$x$$', 'DELETE FROM audit_chain', 'TRUNCATE audit_chain'])(
    'refuses %s',
    async (statement) => {
      const { database, close } = await open(() => null);
      await expect(database.query(statement)).rejects.toMatchObject({ cause: { code: '42501' } });
      await close();
    },
  );
});
