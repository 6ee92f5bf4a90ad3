import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Connector, EntityMapping, ObservedRecord, RecordWrite, WriteOutcome } from '#connector-sdk';
import { silentLogger, type BusinessKey, type CanonicalFields } from '#kernel';
import { reply, SHOP_SECRET, SmallShop } from '../../test/harness/small-shop.js';
import { restConnector } from './connector.js';

const WHOLE = { from: null, to: null };
const OPTIONS = {
  version: 'rev',
  versionOrder: 'numeric',
  updated: { path: 'modified', format: 'iso-seconds' },
  deleted: { path: 'removed' },
  records: 'data.list',
  record: 'article',
  numbers: ['price'],
  get: { path: '/articles/{id}' },
  byKey: { query: { sku: '{sku}' } },
  create: { method: 'POST', path: '/articles' },
  update: { method: 'PUT', path: '/articles/{id}', headers: { 'If-Match': '"{version}"' }, body: '{record}' },
  delete: { method: 'DELETE', path: '/articles/{id}', headers: { 'If-Match': '"{version}"' } },
};
const OFFSET = { kind: 'offset', offset: 'skip', limit: 'take', pageSize: 4 };
const SINCE = { kind: 'since', query: { sort: 'modified' }, since: { since: '{at}' }, paging: OFFSET };

let shop: SmallShop;
let nowMs = 0;
const opened: Connector[] = [];
const clock = { nowMs: () => nowMs, sleep: async () => undefined };

beforeEach(async () => {
  shop = await SmallShop.open();
  nowMs = Date.now();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((connector) => connector.close()));
  await shop.close();
});

function open(
  options: Readonly<Record<string, unknown>> = {},
  config: Readonly<Record<string, unknown>> = {},
): Connector {
  const mapping: EntityMapping = {
    source: '/articles',
    key: ['sku'],
    fields: { brand: { from: 'title' }, weight: { from: 'price' } },
    options: { ...OPTIONS, list: { query: {}, paging: OFFSET }, ...options },
  };
  const connector = restConnector.open({
    system: 'shop',
    config: restConnector.configSchema.parse({
      baseUrl: `http://${shop.host}`,
      allowedHosts: [shop.host],
      timeoutMs: 300,
      rate: { perSecond: 10_000, burst: 10_000, concurrency: 4 },
      ...config,
    }),
    mappings: { product: mapping },
    clock,
    logger: silentLogger,
    mode: 'write',
    workFolder: '',
  });
  opened.push(connector);
  return connector;
}

async function keysOf(connector: Connector, limit = 1_000): Promise<string[]> {
  const { records } = await connector.scan('product', WHOLE, null, limit);
  return records.map(({ key }) => String(key));
}

const many = (count: number): string[] => Array.from({ length: count }, (_, n) => `A-${String(n + 10)}`);

describe('lists', () => {
  test.each([
    ['none', { query: { take: '1000' }, paging: { kind: 'none' } }],
    ['offset', { query: {}, paging: OFFSET }],
    ['page', { query: {}, paging: { kind: 'page', size: 'per', pageSize: 20 } }],
    ['cursor', { query: { take: '7' }, paging: { kind: 'cursor', parameter: 'cursor', next: 'next' } }],
    ['link', { query: { take: '7' }, paging: { kind: 'link' } }],
    ['keyset', { query: {}, paging: { kind: 'keyset', after: { after: '{id}' }, limit: 'take', pageSize: 7 } }],
  ])('are read to their end by %s', async (_, list) => {
    for (const sku of many(50)) shop.add(sku);
    expect((await keysOf(open({ list }))).sort()).toEqual(many(50));
  });

  test('rows that stay are read although others go and come while pages are asked', async () => {
    for (const sku of many(40)) shop.add(sku);
    shop.before = () => {
      const n = shop.requests.length;
      shop.articles.delete(n * 2); // its place is taken by the row after it
      if (n % 3 === 0) shop.add(`N-${n}`);
      return false;
    };
    const keys = await keysOf(open());
    expect([...shop.articles.values()].map(({ sku }) => sku).filter((sku) => sku < 'N' && !keys.includes(sku))).toEqual(
      [],
    );
  });

  test('a scan of many pages reads each record now, and leaves out what went', async () => {
    for (const sku of many(12)) shop.add(sku);
    const connector = open();
    const first = await connector.scan('product', WHOLE, null, 5);
    for (const article of shop.articles.values()) article.title = 'later';
    shop.articles.delete(Number(first.next) === 3 ? 4 : 3);
    const second = await connector.scan('product', WHOLE, first.next, 50);
    expect(second.next).toBeNull();
    expect(new Set(second.records.map(({ fields }) => fields['brand']))).toEqual(new Set(['later']));
    expect(first.records.length + second.records.length).toBe(11);
  });

  test('a vendor whose cursor stands still ends the scan as incomplete', async () => {
    for (const sku of many(5)) shop.add(sku);
    shop.before = (_, response) => (reply(response, 200, { data: { list: [] }, next: 'same' }), true);
    const list = { query: {}, paging: { kind: 'cursor', parameter: 'cursor', next: 'next' } };
    await expect(keysOf(open({ list }))).rejects.toMatchObject({ code: 'HUB_SCAN_INCOMPLETE', disposition: 'retry' });
  });

  test('a record that does not fit is parked with its raw form, secrets removed, and the others go on', async () => {
    shop.add('A');
    shop.add('B', { price: 'cheap' as never });
    const page = await open().scan('product', WHOLE, null, 10);
    expect(page.records.map(({ key }) => key)).toEqual(['A']);
    expect(page.rejected).toEqual([{ externalId: '2', reason: expect.stringContaining('"price":"cheap"') }]);
    expect(page.rejected[0]?.reason).toContain('"token":"***"');
    expect(page.rejected[0]?.reason).not.toContain(SHOP_SECRET);
  });
});

describe('changes since a time', () => {
  const read = async (
    connector: Connector,
    cursor: string | null,
  ): Promise<{ records: ObservedRecord[]; cursor: string }> => {
    const records: ObservedRecord[] = [];
    for (let page = 0; page < 100; page += 1) {
      const { more, ...next } = await connector.changes('product', cursor, 100);
      records.push(...next.records);
      cursor = next.cursor;
      if (!more) return { records, cursor };
    }
    throw new Error('no end');
  };
  const keys = (records: readonly ObservedRecord[]): string[] =>
    [...new Set(records.map(({ key }) => String(key)))].sort();

  test('ties of one second are not lost, and nothing is told twice without a reason', async () => {
    for (const sku of many(9)) shop.add(sku);
    const connector = open({ changes: SINCE });
    const first = await read(connector, null);
    expect(keys(first.records)).toEqual(many(9));
    expect((await read(connector, first.cursor)).records).toEqual([]);
    shop.add('A-tie');
    const second = await read(connector, first.cursor);
    expect(keys(second.records)).toEqual(['A-tie']);
    shop.add('later', { modified: '2026-01-01T00:00:01Z' });
    const third = await read(connector, second.cursor);
    expect(keys(third.records)).toEqual(['later']);
    expect((await read(connector, third.cursor)).records).toEqual([]);
  });

  test('a record that became visible late, with an older time, is found by the sweep behind the cursor', async () => {
    const at = (ms: number): string => new Date(Date.now() + ms).toISOString().replace(/\.\d+Z$/, 'Z');
    shop.add('A', { modified: at(0) });
    const connector = open({ changes: SINCE, overlapMs: 60_000 });
    const { cursor } = await read(connector, null);
    shop.add('late', { modified: at(-20_000) });
    const before = await read(connector, cursor);
    expect(before.records).toEqual([]);
    nowMs += 31_000;
    expect(keys((await read(connector, before.cursor)).records)).toEqual(['A', 'late']);
  });

  test('a delete marker is told as a delete, also without its key, and such a record is in no scan', async () => {
    shop.add('A');
    const connector = open({ changes: SINCE });
    expect(connector.capabilities('product')).toMatchObject({ changes: 'cursor', deleteEvents: true });
    const { cursor } = await read(connector, null);
    for (const sku of ['B', '']) shop.add(sku, { removed: true, modified: '2026-01-02T00:00:00Z' });
    const told = (await read(connector, cursor)).records.map(({ key, status }) => `${status} "${key}"`);
    expect(new Set(told)).toEqual(new Set(['deleted "B"', 'deleted ""']));
    expect(await keysOf(connector)).toEqual(['A']);
  });
  test('a cursor of another connector is refused', async () => {
    await expect(open({ changes: SINCE }).changes('product', '{"x":1}', 5)).rejects.toMatchObject({
      disposition: 'crash',
    });
  });
});

describe('writes', () => {
  const get = async (connector: Connector, key: string): Promise<ObservedRecord> => {
    const { records } = await connector.fetch('product', { by: 'key', keys: [key as BusinessKey] });
    return records[0] as ObservedRecord;
  };
  const update = async (
    connector: Connector,
    key: string,
    fields: CanonicalFields,
  ): Promise<WriteOutcome | undefined> => {
    const { externalId, version } = await get(connector, key);
    const write: RecordWrite = {
      operation: 'update',
      externalId,
      key: key as BusinessKey,
      expectedVersion: version,
      fields,
    };
    return (await connector.apply('product', [write]))[0];
  };
  const create = async (
    connector: Connector,
    key: string,
    fields: CanonicalFields,
  ): Promise<WriteOutcome | undefined> => {
    const write = {
      operation: 'create',
      externalId: null,
      key: key as BusinessKey,
      expectedVersion: null,
      fields,
    } as const;
    return (await connector.apply('product', [write]))[0];
  };
  /** Before the shop sees the first write. */
  const atFirstWrite = (act: SmallShop['before']): void => {
    shop.before = (request, response, url) => {
      if (request.method === 'GET') return false;
      shop.before = () => false;
      return act(request, response, url);
    };
  };

  test('capabilities follow from the declaration', () => {
    expect(open().capabilities('product')).toMatchObject({
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
    expect(open(weak).capabilities('product')).toMatchObject({ precondition: 'none', searchByKey: false });
  });

  test('a whole record is sent back with its other fields, numbers with every digit', async () => {
    shop.add('A');
    expect(await update(open(), 'A', { weight: '2.0500' })).toMatchObject({
      kind: 'applied',
      stored: { version: '2', fields: { brand: 'A', weight: '2.05' } },
    });
    expect(shop.bodies[0]).toContain('"price":2.0500');
    expect(shop.bodies[0]).toContain('"cost":"12345678901234567.123456789"');
    expect(JSON.parse(shop.bodies[0] ?? '')).toMatchObject({ token: SHOP_SECRET, rev: 1, title: 'A' });
  });

  test('someone who writes between our read and our write wins: 412 is a conflict with what is there now', async () => {
    const article = shop.add('A');
    atFirstWrite(() => {
      Object.assign(article, { title: 'theirs', rev: 2 });
      return false;
    });
    expect(await update(open(), 'A', { brand: 'ours' })).toMatchObject({
      kind: 'conflict',
      current: { version: '2', fields: { brand: 'theirs' } },
    });
    expect(shop.articles.get(1)?.title).toBe('theirs');
  });

  test('a record that goes between our read and our write is a conflict with nothing', async () => {
    shop.add('A');
    atFirstWrite(() => shop.articles.delete(1) && false);
    expect(await update(open(), 'A', { brand: 'ours' })).toEqual({ kind: 'conflict', current: null });
  });

  test('refused values are rejected with the words of the vendor', async () => {
    shop.add('A');
    expect(await update(open(), 'A', { weight: '-1' })).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('price is negative'),
    });
    expect(await create(open(), 'B', { weight: '-1' })).toMatchObject({ kind: 'rejected' });
  });

  test('a create whose key someone took meanwhile is a conflict with that record', async () => {
    atFirstWrite(() => shop.add('A', { title: 'theirs' }) && false);
    expect(await create(open(), 'A', { brand: 'ours' })).toMatchObject({
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
      shop.add('A');
      atFirstWrite(act);
      const connector = open({}, { rate: { perSecond: 10_000, burst: 10_000, concurrency: 1 } });
      const writes = ['N-1', 'N-2'].map((key) => ({
        operation: 'create' as const,
        externalId: null,
        key: key as BusinessKey,
        expectedVersion: null,
        fields: { brand: 'x' },
      }));
      const outcomes = await connector.apply('product', writes);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['unknown', 'applied']);
      for (const [id, { sku }] of shop.articles) if (sku.startsWith('N-')) shop.articles.delete(id);
    }
  });

  test('a rate limit in the middle of writing is waited for', async () => {
    shop.add('A');
    atFirstWrite((_, response) => (reply(response, 429, {}, { 'retry-after': '0.1' }), true));
    expect((await update(open(), 'A', { brand: 'x' }))?.kind).toBe('applied');
  });

  test('a record that can not be read is not overwritten', async () => {
    const article = shop.add('A');
    const connector = open();
    const { externalId, version } = await get(connector, 'A');
    article.price = 'cheap' as never;
    const write = { operation: 'update', externalId, key: 'A' as BusinessKey, expectedVersion: version } as const;
    const [outcome] = await connector.apply('product', [{ ...write, fields: { brand: 'x' } }]);
    expect(outcome).toMatchObject({ kind: 'rejected', reason: expect.stringContaining("can't be read") });
    expect(article.title).toBe('A');
  });

  test('missing rights stop the connector instead of rejecting the record', async () => {
    shop.add('A');
    atFirstWrite((_, response) => (reply(response, 403), true));
    await expect(update(open(), 'A', { brand: 'x' })).rejects.toMatchObject({ code: 'HUB_SOURCE_UNAUTHORISED' });
  });
});

describe('check', () => {
  const problems = async (options: object = {}, config: object = {}): Promise<unknown> => {
    const { reachable, canWrite, problems } = await open({ ...options }, { ...config }).check();
    return [reachable, canWrite, problems.length, problems.join(' ')];
  };
  const answer = (status: number, body: unknown = {}): void => {
    shop.before = (_, response) => (reply(response, status, body), true);
  };

  test('says in one sentence what is wrong, and what to do', async () => {
    shop.add('A');
    expect(await problems()).toEqual([true, true, 0, '']);
    answer(401);
    expect(await problems()).toEqual([true, false, 1, expect.stringMatching(/correct them under auth/)]);
    answer(403);
    expect(await problems()).toEqual([true, false, 1, expect.stringMatching(/give this account the right/)]);
    answer(404, { error: 'no such path' });
    expect(await problems()).toEqual([true, false, 1, expect.stringMatching(/no such path.*correct source, query/)]);
    answer(200, { items: [] });
    expect(await problems()).toEqual([true, false, 1, expect.stringMatching(/no array at "data.list"/)]);
    shop.before = () => true;
    expect(await problems()).toEqual([false, false, 1, expect.stringMatching(/did not answer within 300 ms/)]);
    const nobody = { baseUrl: 'http://127.0.0.1:1', allowedHosts: ['127.0.0.1'] };
    expect(await problems({}, nobody)).toEqual([false, false, 1, expect.stringMatching(/nothing listens there/)]);
    expect(await problems({}, { allowedHosts: [] })).toEqual([false, false, 1, expect.stringMatching(/allowedHosts/)]);
  });

  test('a probe tells a stranger from a system that is empty', async () => {
    shop.before = (_, response, url) => (
      reply(response, url.pathname === '/me' ? 404 : 200, { data: { list: [] } }),
      true
    );
    expect(await problems({}, { probe: '/me' })).toEqual([true, false, 1, expect.stringMatching(/probe \/me.*404/)]);
    await expect(keysOf(open({}, { probe: 'POST /me' }))).rejects.toMatchObject({ code: 'HUB_SOURCE_UNAUTHORISED' });
  });

  test('a declaration that contradicts itself is refused with every problem', () => {
    const broken = {
      version: undefined,
      byKey: undefined,
      get: { path: '/x/{name}' },
      changes: { ...SINCE, since: { s: '{when}' } },
    };
    expect(() => open(broken)).toThrow(/options.version.*options.byKey.*\{when\}.*\{name\}/s);
    expect(() => open({ list: { query: {}, paging: { kind: 'page', size: 'n', pageSize: 3 } } })).toThrow(/pageSize/);
    expect(() => open({ unknown: 1 })).toThrow(/unknown/i);
  });

  test('discover shows the fields of the first record', async () => {
    shop.add('A', { title: null });
    const [entity] = await open().discover();
    expect(entity?.fields).toContainEqual({ name: 'title', type: 'unknown', nullable: true });
  });
});
