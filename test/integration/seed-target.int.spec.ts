import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { testSeedTarget } from '#replay/testing';
import { PostgresSeedTarget } from '#store-postgres';
import pg from 'pg';
import { serverAddresses, unique } from '../harness/servers.js';

const url = (): string => serverAddresses().databaseUrl;
const schema = unique('seed');
let client: pg.Client;

const connect = (table: string): Promise<PostgresSeedTarget> =>
  PostgresSeedTarget.connect({ url: url(), entity: 'product', schema, table });

beforeAll(async () => {
  client = new pg.Client({ connectionString: url() });
  await client.connect();
  await client.query(`CREATE SCHEMA ${schema}`);
});
afterAll(async () => {
  await client.query(`DROP SCHEMA ${schema} CASCADE`);
  await client.end();
});

testSeedTarget(async () => {
  const target = await connect(`t${randomBytes(6).toString('hex')}`);
  return { target, close: () => target.close() };
});

describe('what is in the place of a seed target', () => {
  const state = async (table: string): Promise<unknown> => {
    const target = await connect(table);
    try {
      return await target.find();
    } finally {
      await target.close();
    }
  };

  test('refuses a table that no seed made, even when it is empty', async () => {
    await client.query(`CREATE TABLE ${schema}.own (sku text)`);
    expect(await state('own')).toEqual({ kind: 'foreign', reason: expect.stringContaining('is missing') });
  });

  test('refuses the table of another entity and names what it lacks', async () => {
    const price = await PostgresSeedTarget.connect({ url: url(), entity: 'price', schema, table: 'mixed' });
    await price.prepare('golden.price.v1', new Map([[0, 0n]]));
    await price.close();
    expect(await state('mixed')).toEqual({ kind: 'foreign', reason: expect.stringMatching(/lacks .*brand/) });
  });

  test('refuses a schema that is not there, names that need quoting, and wrong credentials', async () => {
    const target = await PostgresSeedTarget.connect({ url: url(), entity: 'product', schema: 'nowhere', table: 't' });
    expect(await target.find()).toMatchObject({ kind: 'foreign' });
    await target.close();
    await expect(connect('a"b')).rejects.toMatchObject({ code: 'HUB_SEED_TARGET_INVALID' });
    const stranger = new URL(url());
    stranger.username = 'nobody_of_that_name';
    await expect(
      PostgresSeedTarget.connect({ url: stranger.href, entity: 'product', schema, table: 't' }),
    ).rejects.toMatchObject({ code: 'HUB_SEED_TARGET_INVALID' });
  });

  test('two seeders that start at once prepare one target', async () => {
    const targets = await Promise.all([connect('twice'), connect('twice'), connect('twice')]);
    await Promise.all(targets.map((target) => target.prepare('golden.product.v1', new Map([[0, 3n]]))));
    await Promise.all(targets.map((target) => target.close()));
    expect(await state('twice')).toMatchObject({ kind: 'seed', topic: 'golden.product.v1' });
  });
});
