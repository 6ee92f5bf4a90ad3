import { describe, expect, test } from '@jest/globals';
import { keysOf, many, OFFSET, ShopUnderTest } from '../../test/harness/shop-under-test.js';
import { reply, SHOP_SECRET } from '../../test/harness/small-shop.js';

const WHOLE = { from: null, to: null };

const system = new ShopUnderTest();

describe('lists', () => {
  test.each([
    ['none', { query: { take: '1000' }, paging: { kind: 'none' } }],
    ['offset', { query: {}, paging: OFFSET }],
    ['page', { query: {}, paging: { kind: 'page', size: 'per', pageSize: 20 } }],
    ['cursor', { query: { take: '7' }, paging: { kind: 'cursor', parameter: 'cursor', next: 'next' } }],
    ['link', { query: { take: '7' }, paging: { kind: 'link' } }],
    ['keyset', { query: {}, paging: { kind: 'keyset', after: { after: '{id}' }, limit: 'take', pageSize: 7 } }],
  ])('are read to their end by %s', async (_, list) => {
    for (const sku of many(50)) system.shop.add(sku);
    expect((await keysOf(system.open({ list }))).sort()).toEqual(many(50));
  });

  test('rows that stay are read although others go and come while pages are asked', async () => {
    for (const sku of many(40)) system.shop.add(sku);
    system.shop.before = () => {
      const n = system.shop.requests.length;
      system.shop.articles.delete(n * 2); // its place is taken by the row after it
      if (n % 3 === 0) system.shop.add(`N-${n}`);
      return false;
    };
    const keys = await keysOf(system.open());
    const stayed = [...system.shop.articles.values()].map(({ sku }) => sku).filter((sku) => sku < 'N');
    expect(stayed.filter((sku) => !keys.includes(sku))).toEqual([]);
  });

  test('a scan of many pages reads each record now, and leaves out what went', async () => {
    for (const sku of many(12)) system.shop.add(sku);
    const connector = system.open();
    const first = await connector.scan('product', WHOLE, null, 5);
    for (const article of system.shop.articles.values()) article.title = 'later';
    system.shop.articles.delete(Number(first.next) === 3 ? 4 : 3);
    const second = await connector.scan('product', WHOLE, first.next, 50);
    expect(second.next).toBeNull();
    expect(new Set(second.records.map(({ fields }) => fields['brand']))).toEqual(new Set(['later']));
    expect(first.records.length + second.records.length).toBe(11);
  });

  test('a vendor whose cursor stands still ends the scan as incomplete', async () => {
    for (const sku of many(5)) system.shop.add(sku);
    system.shop.before = (_, response) => (reply(response, 200, { data: { list: [] }, next: 'same' }), true);
    const list = { query: {}, paging: { kind: 'cursor', parameter: 'cursor', next: 'next' } };
    await expect(keysOf(system.open({ list }))).rejects.toMatchObject({
      code: 'HUB_SCAN_INCOMPLETE',
      disposition: 'retry',
    });
  });

  test('a record that does not fit is parked with its raw form, secrets removed, and the others go on', async () => {
    system.shop.add('A');
    system.shop.add('B', { price: 'cheap' as never });
    const page = await system.open().scan('product', WHOLE, null, 10);
    expect(page.records.map(({ key }) => key)).toEqual(['A']);
    expect(page.rejected).toEqual([{ externalId: '2', reason: expect.stringContaining('"price":"cheap"') }]);
    expect(page.rejected[0]?.reason).toContain('"token":"***"');
    expect(page.rejected[0]?.reason).not.toContain(SHOP_SECRET);
  });
});
