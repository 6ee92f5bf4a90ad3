import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ExplainReport } from '#contracts';
import { eventually } from '#testing';
import { HubUnderTest, PATIENCE } from './hub-under-test.js';
import { OWNED } from './owned-category.js';

describe('no newer write is lost', () => {
  let hub: HubUnderTest;

  beforeAll(async () => {
    hub = await HubUnderTest.start({ processes: 'one', systems: OWNED });
    await hub.fillShop(2);
  });
  afterAll(() => hub.drop());

  test("a user's edit between the hub's decision and its write survives, and so does the hub's", async () => {
    const client = await hub.test.stores.pool.connect();
    await client.query('BEGIN');
    await client.query(`UPDATE shop.product SET category = 'by a user' WHERE sku = 'A-1'`);
    await hub.sql(`UPDATE erp.article SET maker = 'from the ERP' WHERE article_no = 'A-1'`);
    await hub.untilHubWaits();
    await client.query('COMMIT');
    client.release();
    await hub.untilEqual();
    await eventually(async () => {
      const { fields } = await hub.test.hub.processes.call<ExplainReport>('golden', '/explain/product/A-1');
      expect(fields['category']?.value).toBe('by a user');
      expect(fields['brand']?.value).toBe('from the ERP');
    }, PATIENCE);
    const rows = await hub.sql(`SELECT brand, category FROM shop.product WHERE sku = 'A-1'`);
    expect(rows).toEqual([{ brand: 'from the ERP', category: 'by a user' }]);
  });

  test("a user's edit of what another system owns is heard, answered and corrected", async () => {
    await hub.sql(`UPDATE shop.product SET brand = 'wrong', category = 'right' WHERE sku = 'A-2'`);
    await hub.untilEqual();
    const { fields } = await hub.test.hub.processes.call<ExplainReport>('golden', '/explain/product/A-2');
    expect(fields['brand']?.values.map(({ system, value, won }) => [system, value, won])).toEqual(
      expect.arrayContaining([
        ['shop', 'wrong', false],
        ['erp', 'Maker 2', true],
      ]),
    );
    expect(await hub.sql(`SELECT brand, category FROM shop.product WHERE sku = 'A-2'`)).toEqual([
      { brand: 'Maker 2', category: 'right' },
    ]);
  });
});
