import { describe, expect, test } from '@jest/globals';
import type { Connector, ObservedRecord, RecordWrite, WriteOutcome } from '#connector-sdk';
import type { BusinessKey, CanonicalFields } from '#kernel';
import { ShopUnderTest } from '../../test/harness/shop-under-test.js';
import { reply, SHOP_SECRET, type SmallShop } from '../../test/harness/small-shop.js';

const system = new ShopUnderTest();

describe('writes', () => {
  const get = async (connector: Connector, key: string): Promise<ObservedRecord> => {
    const { records } = await connector.fetch('product', { by: 'key', keys: [key as BusinessKey] });
    return records[0] as ObservedRecord;
  };
  const creation = (key: string, fields: CanonicalFields): RecordWrite => ({
    ...{ operation: 'create', externalId: null, expectedVersion: null },
    ...{ key: key as BusinessKey, fields },
  });
  const update = async (
    connector: Connector,
    key: string,
    fields: CanonicalFields,
  ): Promise<WriteOutcome | undefined> => {
    const { externalId, version } = await get(connector, key);
    const write = { ...creation(key, fields), operation: 'update', externalId, expectedVersion: version } as const;
    return (await connector.apply('product', [write]))[0];
  };
  const create = async (
    connector: Connector,
    key: string,
    fields: CanonicalFields,
  ): Promise<WriteOutcome | undefined> => (await connector.apply('product', [creation(key, fields)]))[0];
  /** Before the shop sees the first write. */
  const atFirstWrite = (act: SmallShop['before']): void => {
    system.shop.before = (request, response, url) => {
      if (request.method === 'GET') return false;
      system.shop.before = () => false;
      return act(request, response, url);
    };
  };

  test('capabilities follow from the declaration', () => {
    expect(system.open().capabilities('product')).toMatchObject({
      changes: 'scan',
      deleteEvents: false,
      precondition: 'version',
      versionOrder: 'numeric',
      searchByKey: true,
    });
    const weak = {
      update: { method: 'PUT', path: '/articles/{id}' },
      delete: undefined,
      create: undefined,
      byKey: undefined,
    };
    expect(system.open(weak).capabilities('product')).toMatchObject({ precondition: 'none', searchByKey: false });
  });

  test('a whole record is sent back with its other fields, numbers with every digit', async () => {
    system.shop.add('A');
    expect(await update(system.open(), 'A', { weight: '2.0500' })).toMatchObject({
      kind: 'applied',
      stored: { version: '2', fields: { brand: 'A', weight: '2.05' } },
    });
    expect(system.shop.bodies[0]).toContain('"price":2.0500');
    expect(system.shop.bodies[0]).toContain('"cost":"12345678901234567.123456789"');
    expect(JSON.parse(system.shop.bodies[0] ?? '')).toMatchObject({ token: SHOP_SECRET, rev: 1, title: 'A' });
  });

  test('someone who writes between our read and our write wins: 412 is a conflict with what is there now', async () => {
    const article = system.shop.add('A');
    atFirstWrite(() => {
      Object.assign(article, { title: 'theirs', rev: 2 });
      return false;
    });
    expect(await update(system.open(), 'A', { brand: 'ours' })).toMatchObject({
      kind: 'conflict',
      current: { version: '2', fields: { brand: 'theirs' } },
    });
    expect(system.shop.articles.get(1)?.title).toBe('theirs');
  });

  test('a record that goes between our read and our write is a conflict with nothing', async () => {
    system.shop.add('A');
    atFirstWrite(() => system.shop.articles.delete(1) && false);
    expect(await update(system.open(), 'A', { brand: 'ours' })).toEqual({ kind: 'conflict', current: null });
  });

  test('refused values are rejected with the words of the vendor', async () => {
    system.shop.add('A');
    expect(await update(system.open(), 'A', { weight: '-1' })).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('price is negative'),
    });
    expect(await create(system.open(), 'B', { weight: '-1' })).toMatchObject({ kind: 'rejected' });
  });

  test('a create whose key someone took meanwhile is a conflict with that record', async () => {
    atFirstWrite(() => system.shop.add('A', { title: 'theirs' }) && false);
    expect(await create(system.open(), 'A', { brand: 'ours' })).toMatchObject({
      kind: 'conflict',
      current: { fields: { brand: 'theirs' } },
    });
  });

  test('a 5xx, a cut connection and silence leave the outcome unknown; the other writes have theirs', async () => {
    for (const act of [
      (_: unknown, response: never) => (reply(response, 502), true),
      (request: { socket: { destroy(): void } }) => (request.socket.destroy(), true),
      () => true,
    ] as SmallShop['before'][]) {
      system.shop.add('A');
      atFirstWrite(act);
      const connector = system.open({}, { rate: { perSecond: 10_000, burst: 10_000, concurrency: 1 } });
      const writes = ['N-1', 'N-2'].map((key) => creation(key, { brand: 'x' }));
      const outcomes = await connector.apply('product', writes);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['unknown', 'applied']);
      for (const [id, { sku }] of system.shop.articles) if (sku.startsWith('N-')) system.shop.articles.delete(id);
    }
  });

  test('a rate limit in the middle of writing is waited for', async () => {
    system.shop.add('A');
    atFirstWrite((_, response) => (reply(response, 429, {}, { 'retry-after': '0.1' }), true));
    expect((await update(system.open(), 'A', { brand: 'x' }))?.kind).toBe('applied');
  });

  test('a record that can not be read is not overwritten', async () => {
    const article = system.shop.add('A');
    const connector = system.open();
    const { externalId, version } = await get(connector, 'A');
    article.price = 'cheap' as never;
    const write = {
      ...creation('A', { brand: 'x' }),
      operation: 'update',
      externalId,
      expectedVersion: version,
    } as const;
    const [outcome] = await connector.apply('product', [write]);
    expect(outcome).toMatchObject({ kind: 'rejected', reason: expect.stringContaining("can't be read") });
    expect(article.title).toBe('A');
  });

  test('missing rights stop the connector instead of rejecting the record', async () => {
    system.shop.add('A');
    atFirstWrite((_, response) => (reply(response, 403), true));
    await expect(update(system.open(), 'A', { brand: 'x' })).rejects.toMatchObject({ code: 'HUB_SOURCE_UNAUTHORISED' });
  });
});
