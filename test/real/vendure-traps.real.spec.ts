import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Connector, EntityMapping, ObservedRecord, RecordWrite } from '#connector-sdk';
import type { Entity } from '#contracts';
import { silentLogger, systemClock, type BusinessKey } from '#kernel';
import { vendureConnector } from '../../connectors/vendure/connector.js';
import { vendureUrl, VendureShop } from '../harness/vendure-shop.js';

jest.setTimeout(120_000);

const MAPPINGS: Partial<Record<Entity, EntityMapping>> = {
  product: {
    source: 'productVariants',
    key: ['sku'],
    fields: {
      name: { from: 'name' },
      brand: { from: 'customFields.brand' },
      description: { from: { en: 'product.description.en' } },
      active: { from: 'enabled' },
    },
    options: {},
  },
  price: {
    source: 'productVariants',
    key: ['sku', '=retail', 'currency', '=', '='],
    fields: {
      amount: { from: 'amount', factor: '0.01', scale: 0 },
      currency: { from: 'currency' },
      taxIncluded: { from: 'taxIncluded', readOnly: true },
    },
    options: {},
  },
  'stock-level': {
    source: 'productVariants',
    key: ['sku', 'location'],
    fields: { onHand: { from: 'onHand', scale: 0 } },
    options: {},
  },
  customer: {
    source: 'customers',
    key: ['emailAddress'],
    fields: {
      name: { from: 'lastName' },
      email: { from: 'emailAddress' },
      city: { from: 'address.city', readOnly: true },
      vatId: { from: 'customFields.vatId' },
    },
    options: {},
  },
};

let shop: VendureShop;
let connector: Connector;

function open(config: Record<string, unknown> = {}, mode: 'observe' | 'write' = 'write'): Connector {
  return vendureConnector.open({
    system: 'shop',
    config: vendureConnector.configSchema.parse({
      url: vendureUrl().href,
      channelToken: shop.channelToken,
      changes: 'plugin',
      ...config,
    }),
    mappings: MAPPINGS,
    clock: systemClock,
    logger: silentLogger,
    mode,
    workFolder: '',
  });
}

/** Reads to the end; what was read, and the cursor. */
async function readOn(entity: Entity, from: string | null): Promise<{ records: ObservedRecord[]; cursor: string }> {
  const records: ObservedRecord[] = [];
  let cursor = from;
  for (let page = 0; page < 100; page += 1) {
    const read = await connector.changes(entity, cursor, 50);
    records.push(...read.records);
    cursor = read.cursor;
    if (!read.more) return { records, cursor };
  }
  throw new Error('the changes do not end');
}

/** Reads until there is something: any transaction left open on the database server holds the plugin's changes back. */
async function readNews(entity: Entity, from: string): Promise<readonly ObservedRecord[]> {
  for (let cursor = from; ; await systemClock.sleep(100)) {
    const read = await readOn(entity, cursor);
    if (read.records.length > 0) return read.records;
    cursor = read.cursor;
  }
}

async function getOne(entity: Entity, key: string): Promise<ObservedRecord> {
  const { records } = await connector.fetch(entity, { by: 'key', keys: [key as BusinessKey] });
  if (!records[0]) throw new Error(`${key} was not found`);
  return records[0];
}

function toUpdate({ externalId, key, version }: ObservedRecord, fields: RecordWrite['fields']): RecordWrite {
  return { operation: 'update', externalId, key, expectedVersion: version, fields };
}

/** Since the database of the shop began. A session tells what it counted within a second. */
async function countDeadlocks(): Promise<number> {
  await systemClock.sleep(1_500);
  const { rows } = await shop.channel
    .sql()
    .query<{ deadlocks: string }>('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()');
  return Number(rows[0]?.deadlocks);
}

beforeEach(async () => {
  shop = await VendureShop.create();
  connector = open();
  await shop.put([{ key: 'A', fields: { name: { en: 'Screw' } } }]);
});
afterEach(() => shop.close());

describe('what does not move updatedAt is seen through the plugin', () => {
  test('stock that an order uses', async () => {
    const { id } = await shop.variant('A');
    await shop.updateVariants([{ id, stockOnHand: 50, trackInventory: 'TRUE', price: 1000 }]);
    const { cursor } = await readOn('stock-level', null);
    const before = (await shop.variant('A')).updatedAt;
    await shop.order(id, 3);
    const records = await readNews('stock-level', cursor);
    expect(records).toMatchObject([{ key: 'A@main', fields: { onHand: '47' } }]);
    expect((await shop.variant('A')).updatedAt).toBe(before);
  });

  test('a price, and a field of the product around the variant', async () => {
    const [price, product] = [await readOn('price', null), await readOn('product', null)];
    const { id, productId, updatedAt } = await shop.variant('A');
    const translations = [{ languageCode: 'en', description: 'long' }];
    const document = 'mutation ($input: UpdateProductInput!) { updateProduct(input: $input) { id } }';
    await shop.channel.call(document, { input: { id: productId, translations } });
    expect((await shop.variant('A')).updatedAt).toBe(updatedAt);
    expect(await readNews('product', product.cursor)).toMatchObject([{ fields: { description: { en: 'long' } } }]);
    await shop.updateVariants([{ id, price: 1999 }]);
    expect((await readNews('price', price.cursor)).at(-1)).toMatchObject({
      key: 'A|retail|EUR||',
      fields: { amount: '19.99', currency: 'EUR', taxIncluded: false },
    });
  });

  test('a product that is deleted', async () => {
    const { cursor } = await readOn('product', null);
    const { externalId } = await getOne('product', 'A');
    await shop.remove(['A']);
    expect((await readNews('product', cursor)).at(-1)).toMatchObject({ externalId, status: 'deleted' });
  });
});

describe('writes', () => {
  test('a version that the hub did not see is a conflict, although Vendure has no precondition', async () => {
    const before = await getOne('product', 'A');
    const { id } = await shop.variant('A');
    await shop.updateVariants([{ id, customFields: { brand: 'newer' } }]);
    expect(await connector.apply('product', [toUpdate(before, { brand: 'stale' })])).toMatchObject([
      { kind: 'conflict', current: { fields: { brand: 'newer' } } },
    ]);
    expect((await getOne('product', 'A')).fields['brand']).toBe('newer');
  });

  test('a price, stock, a flag and a description are written and read back', async () => {
    const written = async (entity: Entity, key: string, fields: RecordWrite['fields']): Promise<void> => {
      const outcomes = await connector.apply(entity, [toUpdate(await getOne(entity, key), fields)]);
      expect(outcomes).toMatchObject([{ kind: 'applied', stored: { key, fields } }]);
    };
    await written('price', 'A|retail|EUR||', { amount: '12.34' });
    await written('stock-level', 'A@main', { onHand: '7' });
    await written('product', 'A', { active: false, description: { en: 'long' } });
    const create = { externalId: null, expectedVersion: null, operation: 'create' } as const;
    const usd = { ...create, key: 'A|retail|USD||' as BusinessKey, fields: { amount: '1' } };
    expect(await connector.apply('price', [usd])).toMatchObject([
      { kind: 'applied', stored: { fields: { amount: '1' } } },
    ]);
  });

  test('prices and stock levels of the same variants, written side by side in opposite orders, do not lock each other out', async () => {
    const skus = Array.from({ length: 25 }, (_, n) => `P${100 + n}`);
    await shop.put(skus.map((key) => ({ key, fields: { name: { en: key } } })));
    const keysOf = (suffix: string): BusinessKey[] => skus.map((sku) => `${sku}${suffix}` as BusinessKey);
    const read = async (entity: Entity, keys: readonly BusinessKey[]): Promise<readonly ObservedRecord[]> =>
      (await connector.fetch(entity, { by: 'key', keys })).records;
    const deadlocks = await countDeadlocks();
    for (let turn = 1; turn <= 4; turn += 1) {
      const prices = (await read('price', keysOf('|retail|EUR||'))).map((one) => toUpdate(one, { amount: `${turn}` }));
      const stock = (await read('stock-level', keysOf('@main'))).map((one) => toUpdate(one, { onHand: `${turn}` }));
      const outcomes = await Promise.all([
        connector.apply('price', prices),
        connector.apply('stock-level', [...stock].reverse()),
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
    expect(await connector.apply('price', writes)).toMatchObject([
      { kind: 'applied' },
      { kind: 'conflict', current: null },
    ]);
  });

  test('a customer is created once, changed, and deleted', async () => {
    const key = `${shop.channelToken}@example.com` as BusinessKey;
    const fields = { name: 'ACME', email: key, vatId: 'DE1' };
    const create = { operation: 'create', externalId: null, key, expectedVersion: null, fields } as const;
    const { cursor } = await readOn('customer', null);
    expect(await connector.apply('customer', [create])).toMatchObject([{ kind: 'applied', stored: { fields } }]);
    expect(await connector.apply('customer', [create])).toMatchObject([{ kind: 'conflict', current: { key } }]);
    const update = toUpdate(await getOne('customer', key), { name: 'ACME 2' });
    expect(await connector.apply('customer', [update])).toMatchObject([{ kind: 'applied' }]);
    expect((await readOn('customer', cursor)).records.at(-1)).toMatchObject({ key, fields: { name: 'ACME 2' } });
    const gone = { ...toUpdate(await getOne('customer', key), {}), operation: 'delete' } as const;
    expect(await connector.apply('customer', [gone])).toMatchObject([
      { kind: 'applied', stored: { status: 'deleted' } },
    ]);
  });
});

describe('check names what is wrong', () => {
  const secret = 'never-to-be-seen';

  test.each([
    ['wrong credentials', { username: 'nobody', password: secret }, /username and password/],
    ['an unreachable host', { url: `http://u:${secret}@127.0.0.1:59999` }, /can't be reached \(ECONNREFUSED\)/],
    ['another address', { adminApiPath: '/nothing' }, /HTTP 404/],
    ['a channel that there is not', { channelToken: secret }, /channelToken/],
  ])('%s', async (_, config, problem) => {
    const report = await open(config).check();
    expect(report.problems).toEqual([expect.stringMatching(problem)]);
    expect(JSON.stringify(report)).not.toContain(secret);
  });

  test('missing rights, each by its name', async () => {
    const account = await shop.channel.createAdministrator(['ReadCatalog']);
    const { problems, canWrite } = await open(account).check();
    expect(problems.join('\n')).toMatch(/ReadCustomer[\s\S]*ReadHubChanges[\s\S]*CreateCatalog/);
    expect(canWrite).toBe(false);
  });

  test('polling says what it can not see', async () => {
    const report = await open({ changes: 'polling' }).check();
    expect(report).toMatchObject({ reachable: true, canWrite: true, problems: [], version: 'Vendure 3.7.3' });
    expect(report.notes?.join('\n')).toMatch(/no deletes[\s\S]*price and stock-level/);
  });
});
