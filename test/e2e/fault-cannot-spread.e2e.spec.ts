import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Hold } from '#contracts';
import { eventually } from '#testing';
import { HubUnderTest, PATIENCE } from './hub-under-test.js';
import { addPriceTables, PRICED_SYSTEMS } from './priced-systems.js';

const PRICES = 2_500;

describe("a fault can't spread", () => {
  let hub: HubUnderTest;
  const inShop = async (condition: string): Promise<number> => {
    const [row] = await hub.sql<{ count: number }>(`SELECT count(*)::int AS count FROM shop.price WHERE ${condition}`);
    return row?.count ?? 0;
  };
  const openHolds = (): Promise<Hold[]> => hub.test.hub.processes.call<Hold[]>('golden', '/holds?state=open');

  beforeAll(async () => {
    hub = await HubUnderTest.start({
      processes: 'one',
      systems: PRICED_SYSTEMS,
      prepare: addPriceTables,
    });
    await hub.test.hub.setMode('shop', 'write');
    await hub.sql(`INSERT INTO erp.price SELECT 'A-' || i, 10 + i % 90 FROM generate_series(1, $1) AS i`, [PRICES]);
    await eventually(async () => expect(await inShop('amount > 0')).toBe(PRICES), PATIENCE);
  });
  afterAll(() => hub.drop());

  test('2,005 prices that become zero at once, in two bounded reads, are held before anything is written, and others go on', async () => {
    await hub.sql(`UPDATE erp.price SET amount = 0 WHERE article_no <= 'A-2' AND article_no > 'A-1' OR article_no IN
      (SELECT article_no FROM erp.price ORDER BY article_no LIMIT 2005)`);
    await eventually(async () => expect(await openHolds()).not.toEqual([]), PATIENCE);
    const zeros = (await hub.sql('SELECT article_no FROM erp.price WHERE amount = 0')).length;
    await eventually(async () => {
      const held = (await openHolds()).reduce((sum, { count }) => sum + count, 0);
      expect(held).toBe(zeros);
    }, PATIENCE);
    const [hold] = await openHolds();
    expect(hold).toMatchObject({ system: 'erp', entity: 'price', rule: 'to-zero:amount', limit: 10 });
    await hub.sql(`UPDATE erp.price SET amount = 77.7 WHERE article_no = (SELECT max(article_no) FROM erp.price)`);
    await eventually(async () => expect(await inShop('amount = 77.7')).toBe(1), PATIENCE);
    expect(await inShop('amount = 0')).toBe(0);
  });

  test('a rejected hold changes nothing in the shop', async () => {
    for (const { id, digest } of await openHolds())
      await hub.test.hub.processes.call('golden', `/holds/${id}/reject`, { digest, actor: 'a steward' });
    await eventually(async () => expect(await openHolds()).toEqual([]), PATIENCE);
    await hub.untilRead('shop');
    expect(await inShop('amount = 0')).toBe(0);
  });
});
