import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HubUnderTest } from './hub-under-test.js';

describe('convergence', () => {
  let hub: HubUnderTest;

  beforeAll(async () => {
    hub = await HubUnderTest.start({ processes: 'one' });
    await hub.fillShop(40);
    await hub.untilRead('shop');
  });
  afterAll(() => hub.drop());

  test('one round mends what was changed behind the hub, and the next finds nothing', async () => {
    await hub.sql('ALTER TABLE shop.product DISABLE TRIGGER touch');
    await hub.sql(`UPDATE shop.product SET brand = 'drifted' WHERE sku IN ('A-1', 'A-2', 'A-3')`);
    await hub.sql(`DELETE FROM shop.product WHERE sku = 'A-4'`);
    await hub.sql(
      `INSERT INTO shop.product (sku, name_de, updated_at) VALUES ('FOREIGN', 'of the shop alone', now() - interval '1 day')`,
    );
    await hub.sql('ALTER TABLE shop.product ENABLE TRIGGER touch');
    const first = await hub.round('shop');
    expect(first).toMatchObject({ state: 'verified', changed: 3, missing: 1, foreign: 1, fixed: 4, unfixed: 0 });
    expect(await hub.test.stores.countUnequal()).toBe(1); // the foreign one is never deleted
    expect(await hub.round('shop')).toMatchObject({ changed: 0, missing: 0, unfixed: 0, undecided: 0 });
  });
});
