import { describe, expect, test } from '@jest/globals';
import type { Connector, WalkPage } from '#connector-sdk';
import { many, OFFSET, ShopUnderTest } from '../../test/harness/shop-under-test.js';
import { reply } from '../../test/harness/small-shop.js';

const system = new ShopUnderTest();
/** No test here is about time. */
const PATIENT = { timeoutMs: 20_000 };
const CURSOR = { query: { take: '7' }, paging: { kind: 'cursor', parameter: 'cursor', next: 'next' }, total: 'count' };

/** Walks to the end, each page in a process of its own. */
async function walkAll(open: () => Connector): Promise<string[]> {
  const keys: string[] = [];
  for (let cursor: string | null = null; ;) {
    const page: WalkPage | undefined = await open().walk?.('product', cursor);
    if (!page) throw new Error('the connector does not walk');
    keys.push(...page.records.map(({ key }) => key));
    if (page.cursor === null) return keys;
    cursor = page.cursor;
  }
}

describe('a walk over a list', () => {
  test.each([
    ['none', { query: { take: '1000' }, paging: { kind: 'none' } }],
    ['offset', { query: {}, paging: OFFSET }],
    ['page', { query: {}, paging: { kind: 'page', size: 'per', pageSize: 20 } }],
    ['cursor', CURSOR],
    ['link', { query: { take: '7' }, paging: { kind: 'link' } }],
    ['keyset', { query: {}, paging: { kind: 'keyset', after: { after: '{id}' }, limit: 'take', pageSize: 7 } }],
  ])('shows every record by %s, each page in another process', async (_, list) => {
    for (const sku of many(50)) system.shop.add(sku);
    const keys = await walkAll(() => system.open({ list }, PATIENT));
    expect([...new Set(keys)].sort()).toEqual(many(50));
  });

  test('misses no row that stays while others go and come', async () => {
    for (const sku of many(40)) system.shop.add(sku);
    system.shop.before = () => {
      const n = system.shop.requests.length;
      system.shop.articles.delete(n * 2); // its place is taken by the row after it
      if (n % 3 === 0) system.shop.add(`N-${n}`);
      return false;
    };
    const keys = await walkAll(() => system.open({}, PATIENT));
    const stayed = [...system.shop.articles.values()].map(({ sku }) => sku).filter((sku) => sku < 'N');
    expect(stayed.filter((sku) => !keys.includes(sku))).toEqual([]);
  });

  test('a place that the vendor does not take any more is an expired cursor; a wrong first request is not', async () => {
    for (const sku of many(20)) system.shop.add(sku);
    const first = await system.open({ list: CURSOR }, PATIENT).walk?.('product', null);
    system.shop.before = (_, response) => (reply(response, 410, { error: 'cursor expired' }), true);
    const connector = system.open({ list: CURSOR }, PATIENT);
    await expect(connector.walk?.('product', first?.cursor ?? '')).rejects.toMatchObject({
      code: 'HUB_SCAN_CURSOR_EXPIRED',
      disposition: 'reload',
    });
    await expect(connector.walk?.('product', null)).rejects.toMatchObject({ code: 'HUB_SOURCE_SCHEMA' });
    system.shop.before = (_, response) => (reply(response, 503, {}), true);
    await expect(connector.walk?.('product', first?.cursor ?? '')).rejects.toMatchObject({ disposition: 'retry' });
  });

  test('tells how many records there are, where the vendor does, and what a call costs', async () => {
    system.shop.before = (_, response) => (reply(response, 200, { data: { list: [] }, next: null, count: 77 }), true);
    const connector = system.open({ list: CURSOR }, { ...PATIENT, rate: { perSecond: 10 } });
    expect(await connector.walk?.('product', null)).toMatchObject({ records: [], cursor: null, total: 77 });
    expect(connector.readCost?.('product')).toEqual({ pageSize: null, callsPerSecond: 2 });
    expect(system.open().readCost?.('product').pageSize).toBe(OFFSET.pageSize);
  });
});
