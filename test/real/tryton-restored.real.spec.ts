import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { RestoredReport, SystemStatus } from '#contracts';
import type { SuiteRecord } from '#connector-sdk/testing';
import { createDatabase, dropDatabase, ScratchHub } from '#hub-runner';
import { eventually } from '#testing';
import { systemAddress } from '../harness/systems.js';
import { TEST_DATABASE, trytonUrl, TrytonUsers } from '../harness/tryton-users.js';
import { TrytonBackup } from './tryton-backup.js';

jest.setTimeout(300_000);

const PATIENCE = { timeoutMs: 90_000, intervalMs: 200 };
const SYSTEMS = `
systems:
  erp:
    connector: tryton
    mode: write
    config: { url: '\${TRYTON_URL}', database: ${TEST_DATABASE}, overlapMs: 3000, timeoutMs: 10000 }
    entities:
      product:
        source: product.product
        key: [code]
        fields: { name: { from: { en: name.en } }, brand: { from: brand } }
  shop:
    connector: sql
    mode: write
    config: { url: '\${SHOP_URL}' }
    entities:
      product:
        source: product
        key: [sku]
        options: { id: sku, changedAt: updated_at, overlapMs: 2000 }
        fields: { name: { from: { en: name } }, brand: brand }
survivorship:
  product:
    version: 1
    create: [erp]
    delete: [erp]
    owner: { erp: [name, brand] }
`;

describe('Tryton restored from a backup', () => {
  const backup = new TrytonBackup();
  let users = new TrytonUsers();
  let shop: pg.Pool;
  let shopUrl: string;
  let hub: ScratchHub;
  let folder: string;

  const ask = <T>(path: string, body?: object): Promise<T> => hub.processes.call<T>('connector-erp', path, body);
  /** `key brand` of every product. */
  const inShop = async (): Promise<string[]> =>
    (await shop.query<{ text: string }>("SELECT sku || ' ' || brand AS text FROM product ORDER BY sku")).rows.map(
      ({ text }) => text,
    );
  const inTryton = async (): Promise<string[]> =>
    [...(await users.read())].map(([key, { brand }]) => `${key} ${brand as string}`).sort();
  const untilShop = (expected: readonly string[]): Promise<void> =>
    eventually(async () => expect(await inShop()).toEqual(expected), PATIENCE);
  const untilPhase = (phase: RestoredReport['phase']): Promise<void> =>
    eventually(async () => expect((await ask<RestoredReport>('/restored')).phase).toBe(phase), PATIENCE);
  /** Users lose their session with the database, as everybody does. */
  const withUsersAway = async (work: () => Promise<void>): Promise<void> => {
    await users.close();
    await work();
    users = new TrytonUsers();
  };

  beforeAll(async () => {
    await users.empty();
    shopUrl = await createDatabase(systemAddress('DATABASE_URL'), `restored_${process.pid}`);
    shop = new pg.Pool({ connectionString: shopUrl, max: 2 });
    await shop.query(`CREATE TABLE product (sku text PRIMARY KEY, name text, brand text,
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp())`);
    folder = mkdtempSync(join(tmpdir(), 'plumbline-restored-'));
    const servers = {
      KAFKA_BROKERS: systemAddress('KAFKA_BROKERS'),
      REGISTRY_URL: systemAddress('REGISTRY_URL'),
      DATABASE_URL: systemAddress('DATABASE_URL'),
      REDIS_URL: systemAddress('REDIS_URL'),
    };
    const environment = { TRYTON_URL: trytonUrl(), SHOP_URL: shopUrl };
    const root = join(import.meta.dirname, '../..');
    hub = await ScratchHub.create({ root, folder, servers, systems: SYSTEMS, environment, partitions: 2 });
    await hub.processes.start('all-in-one');
    for (const system of ['erp', 'shop']) await hub.setMode(system, 'write');
    await users.put(['A', 'B', 'C'].map((key) => aProduct(key, 'first')));
    await untilShop(['A first', 'B first', 'C first']);
  });
  afterAll(async () => {
    await hub.drop();
    await shop.end();
    await dropDatabase(systemAddress('DATABASE_URL'), shopUrl);
    await users.close();
    await backup.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is held and told: nothing lost, nothing resurrected, nothing written', async () => {
    await withUsersAway(() => backup.take());
    await users.put([aProduct('A', 'second'), aProduct('NEW', 'first')]);
    await users.remove(['C']);
    await untilShop(['A second', 'B first', 'NEW first']);
    await withUsersAway(() => backup.restore());
    await untilPhase('held');
    const { state, problem } = await ask<SystemStatus>('/status');
    expect(state).toBe('stopped');
    expect(problem).toContain('plumbline restored');
    const { entities } = await ask<RestoredReport>('/restored');
    expect(entities[0]?.samples).toEqual({ changed: ['A'], missing: ['NEW'], foreign: ['C'] });
    expect(await inShop()).toEqual(['A second', 'B first', 'NEW first']);
    expect(await inTryton()).toEqual(['A first', 'B first', 'C first']);
  });

  test('keeping the hub: Tryton gets back what it lost', async () => {
    await ask('/restored', { keep: 'hub', actor: 'test' });
    await untilPhase('trusted');
    expect(await inTryton()).toEqual(['A second', 'B first', 'NEW first']);
    expect(await inShop()).toEqual(['A second', 'B first', 'NEW first']);
    await users.put([aProduct('B', 'third')]);
    await untilShop(['A second', 'B third', 'NEW first']);
  });

  test('keeping the system: the shop follows Tryton back', async () => {
    await withUsersAway(() => backup.restore());
    await untilPhase('held');
    await ask('/restored', { keep: 'system', actor: 'test' });
    await untilShop(['A first', 'B first', 'C first']);
    expect(await inTryton()).toEqual(['A first', 'B first', 'C first']);
  });
});

function aProduct(key: string, brand: string): SuiteRecord {
  return { key, fields: { ean: null, name: { en: 'Screw' }, brand, weight: null, active: true } };
}
