import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SystemStatus } from '#contracts';
import { eventually } from '#testing';
import { SYSTEMS } from '../faults/stores.js';
import { HubUnderTest, PATIENCE } from './hub-under-test.js';

/** A second shop, whose login can be taken away. A write that it did not answer counts as landed or lost after 5 s. */
const TWO_SHOPS = SYSTEMS.replace(
  'survivorship:',
  `  outlet:
    connector: sql
    config: { url: '\${OUTLET_URL}', schema: outlet, statementTimeoutMs: 5000 }
    entities:
      product:
        source: product
        key: [sku]
        options: { id: sku, changedAt: updated_at }
        fields: { brand: brand }
survivorship:`,
);

describe('one system down is one system down', () => {
  let hub: HubUnderTest;
  const brandIn = async (shop: 'shop' | 'outlet'): Promise<unknown> => {
    const [row] = await hub.sql<{ brand: string }>(`SELECT brand FROM ${shop}.product WHERE sku = 'A-1'`);
    return row?.brand;
  };
  const stateOf = async (system: string): Promise<SystemStatus['state']> =>
    (await hub.test.hub.processes.call<SystemStatus>(`connector-${system}`, '/status')).state;

  beforeAll(async () => {
    hub = await HubUnderTest.start({
      processes: 'one',
      systems: TWO_SHOPS,
      prepare: async ({ stores }) => {
        const role = stores.roleOf('outlet');
        await stores.pool.query(`
          CREATE SCHEMA outlet; GRANT USAGE ON SCHEMA outlet TO ${role};
          CREATE TABLE outlet.product (sku text COLLATE "C" PRIMARY KEY, brand text,
            updated_at timestamptz NOT NULL DEFAULT clock_timestamp());
          GRANT SELECT, INSERT, UPDATE, DELETE ON outlet.product TO ${role}`);
      },
    });
    for (const system of ['shop', 'outlet']) await hub.test.hub.setMode(system, 'write');
    await hub.addArticles(3);
    await hub.untilEqual();
    await eventually(async () => expect(await brandIn('outlet')).toBe('Maker 1'), PATIENCE);
  });
  afterAll(() => hub.drop());

  test('the others go on, its state says so, and what it missed is delivered when it returns', async () => {
    const role = hub.test.stores.roleOf('outlet');
    await hub.sql(`ALTER ROLE ${role} NOLOGIN`);
    await hub.sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]);
    await hub.sql(`UPDATE erp.article SET maker = 'meanwhile' WHERE article_no = 'A-1'`);
    await eventually(async () => expect(await brandIn('shop')).toBe('meanwhile'), PATIENCE);
    await eventually(async () => expect(await stateOf('outlet')).not.toBe('running'), PATIENCE);
    expect(await stateOf('shop')).toBe('running');
    expect(await stateOf('erp')).toBe('running');
    expect(await brandIn('outlet')).toBe('Maker 1');
    await hub.sql(`ALTER ROLE ${role} LOGIN`);
    await eventually(async () => expect(await brandIn('outlet')).toBe('meanwhile'), PATIENCE);
    await eventually(async () => expect(await stateOf('outlet')).toBe('running'), PATIENCE);
  });
});
