import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HubUnderTest, ERP, SHOP } from './hub-under-test.js';

describe('no phantom', () => {
  let hub: HubUnderTest;
  const published = async (): Promise<Record<string, number>> => ({
    erp: await hub.recordsOf(hub.topics.change(ERP, 'product')),
    shop: await hub.recordsOf(hub.topics.change(SHOP, 'product')),
    versions: await hub.recordsOf(hub.topics.history('product')),
  });

  beforeAll(async () => {
    hub = await HubUnderTest.start({ processes: 'one' });
    await hub.fillShop(20);
  });
  afterAll(() => hub.drop());

  test("the hub's own writes never come back as changes", async () => {
    await hub.untilRead('shop');
    expect(await published()).toEqual({ erp: 20, shop: 0, versions: 20 });
    await hub.sql(`UPDATE erp.article SET maker = 'other'`);
    await hub.untilEqual();
    await hub.untilRead('shop');
    expect(await published()).toEqual({ erp: 40, shop: 0, versions: 40 });
  });

  test('what is not mapped, what is written again and what is rolled back is no change', async () => {
    const before = await published();
    await hub.sql(`UPDATE erp.article SET note = 'seen'`);
    await hub.sql('UPDATE erp.article SET maker = maker');
    await hub.sql(`DO $$ BEGIN UPDATE erp.article SET maker = 'never'; ROLLBACK; END $$`);
    await hub.untilRead('erp');
    expect(await published()).toEqual(before);
  });

  test('a restart publishes nothing', async () => {
    const before = await published();
    await hub.test.hub.processes.stop('all-in-one', 'SIGKILL');
    await hub.startProcesses('one');
    await hub.untilRead('erp');
    await hub.untilRead('shop');
    expect(await published()).toEqual(before);
  });
});
