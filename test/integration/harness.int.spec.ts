import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase, serverAddresses, unique, withDatabase } from '../harness/servers.js';

async function databaseOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    return rows[0]?.name ?? '';
  } finally {
    await client.end();
  }
}

describe('the test harness', () => {
  test('gives the address of every server', () => {
    const { kafkaBrokers, registryUrl, databaseUrl, redisUrl } = serverAddresses();
    expect(kafkaBrokers.length).toBeGreaterThan(0);
    for (const url of [registryUrl, databaseUrl, redisUrl]) expect(() => new URL(url)).not.toThrow();
  });

  test('makes names that differ', () => {
    expect(unique('topic')).not.toBe(unique('topic'));
  });

  test('deletes a scratch database after its work, even when that fails', async () => {
    let seen = '';
    const work = async (url: string): Promise<never> => {
      seen = url;
      expect(await databaseOf(url)).toMatch(/^scratch_/);
      throw new Error('the work failed');
    };
    await expect(withDatabase(work)).rejects.toThrow('the work failed');
    await expect(databaseOf(seen)).rejects.toThrow('does not exist');
  });

  test('deletes a scratch database that is still in use', async () => {
    const database = await createDatabase('harness');
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined); // the server ends this session, as it should
    await client.connect();
    await database.drop();
    await expect(databaseOf(database.url)).rejects.toThrow('does not exist');
  });
});
