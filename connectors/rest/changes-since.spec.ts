import { describe, expect, test } from '@jest/globals';
import type { Connector, ObservedRecord } from '#connector-sdk';
import { keysOf, many, SINCE, ShopUnderTest } from '../../test/harness/shop-under-test.js';

const system = new ShopUnderTest();

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
    for (const sku of many(9)) system.shop.add(sku);
    const connector = system.open({ changes: SINCE });
    const first = await read(connector, null);
    expect(keys(first.records)).toEqual(many(9));
    expect((await read(connector, first.cursor)).records).toEqual([]);
    system.shop.add('A-tie');
    const second = await read(connector, first.cursor);
    expect(keys(second.records)).toEqual(['A-tie']);
    system.shop.add('later', { modified: '2026-01-01T00:00:01Z' });
    const third = await read(connector, second.cursor);
    expect(keys(third.records)).toEqual(['later']);
    expect((await read(connector, third.cursor)).records).toEqual([]);
  });

  test('a record that became visible late, with an older time, is found by the sweep behind the cursor', async () => {
    const at = (ms: number): string => new Date(Date.now() + ms).toISOString().replace(/\.\d+Z$/, 'Z');
    system.shop.add('A', { modified: at(0) });
    const connector = system.open({ changes: SINCE, overlapMs: 60_000 });
    const { cursor } = await read(connector, null);
    system.shop.add('late', { modified: at(-20_000) });
    const before = await read(connector, cursor);
    expect(before.records).toEqual([]);
    system.nowMs += 31_000;
    expect(keys((await read(connector, before.cursor)).records)).toEqual(['A', 'late']);
  });

  test('a delete marker is told as a delete, also without its key, and such a record is in no scan', async () => {
    system.shop.add('A');
    const connector = system.open({ changes: SINCE });
    expect(connector.capabilities('product')).toMatchObject({ changes: 'cursor', deleteEvents: true });
    const { cursor } = await read(connector, null);
    for (const sku of ['B', '']) system.shop.add(sku, { removed: true, modified: '2026-01-02T00:00:00Z' });
    const told = (await read(connector, cursor)).records.map(({ key, status }) => `${status} "${key}"`);
    expect(new Set(told)).toEqual(new Set(['deleted "B"', 'deleted ""']));
    expect(await keysOf(connector)).toEqual(['A']);
  });

  test('a cursor of another connector is refused', async () => {
    await expect(system.open({ changes: SINCE }).changes('product', '{"x":1}', 5)).rejects.toMatchObject({
      disposition: 'crash',
    });
  });
});
