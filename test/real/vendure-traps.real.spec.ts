import { describe, expect, jest, test } from '@jest/globals';
import type { ObservedRecord, RecordWrite } from '#connector-sdk';
import type { Entity } from '#contracts';
import { systemClock, type BusinessKey } from '#kernel';
import { VendureUnderTest } from '../harness/vendure-under-test.js';

jest.setTimeout(120_000);

const system = new VendureUnderTest();

function toUpdate({ externalId, key, version }: ObservedRecord, fields: RecordWrite['fields']): RecordWrite {
  return { operation: 'update', externalId, key, expectedVersion: version, fields };
}

/** Since the database of the shop began. A session tells what it counted within a second. */
async function countDeadlocks(): Promise<number> {
  await systemClock.sleep(1_500);
  const { rows } = await system.shop.channel
    .sql()
    .query<{ deadlocks: string }>('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()');
  return Number(rows[0]?.deadlocks);
}

describe('what does not move updatedAt is seen through the plugin', () => {
  test('stock that an order uses', async () => {
    const { id } = await system.shop.variant('A');
    await system.shop.updateVariants([{ id, stockOnHand: 50, trackInventory: 'TRUE', price: 1000 }]);
    const { cursor } = await system.readOn('stock-level', null);
    const before = (await system.shop.variant('A')).updatedAt;
    await system.shop.order(id, 3);
    const records = await system.readNews('stock-level', cursor);
    expect(records).toMatchObject([{ key: 'A@main', fields: { onHand: '47' } }]);
    expect((await system.shop.variant('A')).updatedAt).toBe(before);
  });

  test('a price, and a field of the product around the variant', async () => {
    const [price, product] = [await system.readOn('price', null), await system.readOn('product', null)];
    const { id, productId, updatedAt } = await system.shop.variant('A');
    const translations = [{ languageCode: 'en', description: 'long' }];
    const document = 'mutation ($input: UpdateProductInput!) { updateProduct(input: $input) { id } }';
    await system.shop.channel.call(document, { input: { id: productId, translations } });
    expect((await system.shop.variant('A')).updatedAt).toBe(updatedAt);
    expect(await system.readNews('product', product.cursor)).toMatchObject([
      { fields: { description: { en: 'long' } } },
    ]);
    await system.shop.updateVariants([{ id, price: 1999 }]);
    expect((await system.readNews('price', price.cursor)).at(-1)).toMatchObject({
      key: 'A|retail|EUR||',
      fields: { amount: '19.99', currency: 'EUR', taxIncluded: false },
    });
  });

  test('a product that is deleted', async () => {
    const { cursor } = await system.readOn('product', null);
    const { externalId } = await system.getOne('product', 'A');
    await system.shop.remove(['A']);
    expect((await system.readNews('product', cursor)).at(-1)).toMatchObject({ externalId, status: 'deleted' });
  });
});

describe('writes', () => {
  test('a version that the hub did not see is a conflict, although Vendure has no precondition', async () => {
    const before = await system.getOne('product', 'A');
    const { id } = await system.shop.variant('A');
    await system.shop.updateVariants([{ id, customFields: { brand: 'newer' } }]);
    expect(await system.connector.apply('product', [toUpdate(before, { brand: 'stale' })])).toMatchObject([
      { kind: 'conflict', current: { fields: { brand: 'newer' } } },
    ]);
    expect((await system.getOne('product', 'A')).fields['brand']).toBe('newer');
  });

  test('a price, stock, a flag and a description are written and read back', async () => {
    const written = async (entity: Entity, key: string, fields: RecordWrite['fields']): Promise<void> => {
      const outcomes = await system.connector.apply(entity, [toUpdate(await system.getOne(entity, key), fields)]);
      expect(outcomes).toMatchObject([{ kind: 'applied', stored: { key, fields } }]);
    };
    await written('price', 'A|retail|EUR||', { amount: '12.34' });
    await written('stock-level', 'A@main', { onHand: '7' });
    await written('product', 'A', { active: false, description: { en: 'long' } });
    const create = { externalId: null, expectedVersion: null, operation: 'create' } as const;
    const usd = { ...create, key: 'A|retail|USD||' as BusinessKey, fields: { amount: '1' } };
    expect(await system.connector.apply('price', [usd])).toMatchObject([
      { kind: 'applied', stored: { fields: { amount: '1' } } },
    ]);
  });

  test('prices and stock levels of the same variants, written side by side in opposite orders, do not lock each other out', async () => {
    const skus = Array.from({ length: 25 }, (_, n) => `P${100 + n}`);
    await system.shop.put(skus.map((key) => ({ key, fields: { name: { en: key } } })));
    const keysOf = (suffix: string): BusinessKey[] => skus.map((sku) => `${sku}${suffix}` as BusinessKey);
    const read = async (entity: Entity, keys: readonly BusinessKey[]): Promise<readonly ObservedRecord[]> =>
      (await system.connector.fetch(entity, { by: 'key', keys })).records;
    const deadlocks = await countDeadlocks();
    for (let turn = 1; turn <= 4; turn += 1) {
      const prices = (await read('price', keysOf('|retail|EUR||'))).map((one) => toUpdate(one, { amount: `${turn}` }));
      const stock = (await read('stock-level', keysOf('@main'))).map((one) => toUpdate(one, { onHand: `${turn}` }));
      const outcomes = await Promise.all([
        system.connector.apply('price', prices),
        system.connector.apply('stock-level', [...stock].reverse()),
      ]);
      expect(outcomes.flat().map(({ kind }) => kind)).toEqual(Array(50).fill('applied'));
    }
    expect(await countDeadlocks()).toBe(deadlocks);
  });

  test('a price that comes before its variant is not refused: it finds nothing yet', async () => {
    const create = { externalId: null, expectedVersion: null, operation: 'create' } as const;
    const writes = ['A', 'NOT-YET'].map((sku) => ({
      ...create,
      ...{ key: `${sku}|retail|USD||` as BusinessKey, fields: { amount: '3' } },
    }));
    expect(await system.connector.apply('price', writes)).toMatchObject([
      { kind: 'applied' },
      { kind: 'conflict', current: null },
    ]);
  });

  test('a customer is created once, changed, and deleted', async () => {
    const key = `${system.shop.channelToken}@example.com` as BusinessKey;
    const fields = { name: 'ACME', email: key, vatId: 'DE1' };
    const create = { operation: 'create', externalId: null, key, expectedVersion: null, fields } as const;
    const { cursor } = await system.readOn('customer', null);
    expect(await system.connector.apply('customer', [create])).toMatchObject([{ kind: 'applied', stored: { fields } }]);
    expect(await system.connector.apply('customer', [create])).toMatchObject([{ kind: 'conflict', current: { key } }]);
    const update = toUpdate(await system.getOne('customer', key), { name: 'ACME 2' });
    expect(await system.connector.apply('customer', [update])).toMatchObject([{ kind: 'applied' }]);
    expect((await system.readOn('customer', cursor)).records.at(-1)).toMatchObject({ key, fields: { name: 'ACME 2' } });
    const gone = { ...toUpdate(await system.getOne('customer', key), {}), operation: 'delete' } as const;
    expect(await system.connector.apply('customer', [gone])).toMatchObject([
      { kind: 'applied', stored: { status: 'deleted' } },
    ]);
  });
});
