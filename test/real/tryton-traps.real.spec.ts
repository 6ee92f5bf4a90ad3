import type { Connector } from '#connector-sdk';
import { SuiteClock, type SuiteRecord } from '#connector-sdk/testing';
import { afterAll, beforeEach, expect, jest, test } from '@jest/globals';
import { openTryton, TrytonReader } from '../harness/tryton-reader.js';
import { TrytonUsers } from '../harness/tryton-users.js';

// A project's testTimeout is not heeded by jest; every trap here is set in a real ERP.
jest.setTimeout(120_000);
const users = new TrytonUsers();
let clock: SuiteClock;
let connector: Connector;

beforeEach(async () => {
  await users.empty();
  clock = new SuiteClock();
  connector = openTryton('observe', clock);
});
afterAll(() => users.close());

test('commit-order hole: a row committed late, with a time before the cursor, is found by the sweep', async () => {
  const reader = new TrytonReader(connector, 'product');
  await users.put([aProduct('A')]);
  await users.putLate([aProduct('LATE')]);
  await users.put([aProduct('B')]);
  await reader.readAll();
  expect([...reader.live.keys()].sort()).toEqual(['A', 'B']);
  await users.commit();
  await reader.readAll();
  // The hole: nothing that is newer than the cursor shows it.
  expect([...reader.live.keys()].sort()).toEqual(['A', 'B']);
  clock.advance(3_600_000);
  await reader.readAll();
  expect([...reader.live.keys()].sort()).toEqual(['A', 'B', 'LATE']);
  const at = (key: string): string => reader.live.get(key)?.changedAt ?? '';
  expect(at('LATE') < at('B')).toBe(true);
});

test('tie across a page border: rows of one transaction have one time, and none is lost', async () => {
  await users.put(['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((key) => aProduct(key)));
  const reader = new TrytonReader(connector, 'product');
  await reader.readAll(3);
  expect(reader.live.size).toBe(7);
  expect(new Set([...reader.live.values()].map(({ changedAt }) => changedAt)).size).toBe(1);
});

test('edited behind an import: told with the first page of it, and once more in its turn', async () => {
  await users.put([aProduct('OLD')]);
  const reader = new TrytonReader(connector, 'product');
  await reader.readAll();
  const imported = Array.from({ length: 40 }, (_, n) => aProduct(`N${n}`));
  await users.put(imported);
  await users.put([aProduct('OLD', 'edited')]);
  expect(await reader.readPage(5)).toBe(true);
  expect(reader.live.get('OLD')?.fields['brand']).toBe('edited');
  await users.put([aProduct('OLD', 'edited again')]);
  expect(await reader.readPage(5)).toBe(true);
  expect(reader.live.get('OLD')?.fields['brand']).toBe('edited again');
  expect(reader.live.size).toBeLessThan(imported.length);
  await reader.readAll(5);
  expect([...reader.live.keys()].sort()).toEqual(['OLD', ...imported.map(({ key }) => key)].sort());
});

test('edited during the scan: what was not read yet is read new, what was read already is told as a change', async () => {
  await users.put(['A', 'B', 'C', 'D'].map((key) => aProduct(key)));
  const reader = new TrytonReader(connector, 'product');
  await reader.readAll();
  const first = await connector.scan('product', { from: null, to: null }, null, 2);
  await users.put([aProduct('A', 'edited'), aProduct('D', 'edited')]);
  const second = await connector.scan('product', { from: null, to: null }, first.next, 2);
  const brands = [...first.records, ...second.records].map(({ fields }) => fields['brand']);
  expect(brands).toEqual(['ACME', 'ACME', 'ACME', 'edited']);
  await reader.readAll();
  expect(reader.live.get('A')?.fields['brand']).toBe('edited');
});

test('a part edited alone: an identifier has its own time, and the product is told all the same', async () => {
  await users.put([aProduct('A')]);
  const reader = new TrytonReader(connector, 'product');
  await reader.readAll();
  const before = reader.live.get('A');
  const stamps = await users.stamps('A');
  await users.renameBrand('A', 'Alone');
  expect(await users.stamps('A')).toEqual(stamps);
  await reader.readAll();
  expect(reader.live.get('A')?.fields['brand']).toBe('Alone');
  expect(reader.live.get('A')?.version).not.toBe(before?.version);
});

test('stock that does not move write_date: found by its moves', async () => {
  await users.put([aProduct('A'), aProduct('B')]);
  const reader = new TrytonReader(connector, 'stock-level');
  await reader.readAll();
  expect(reader.live.get('A@WH')?.fields).toEqual({ onHand: '0' });
  const stamps = await users.stamps('A');
  await users.countStock('A', 7);
  expect(await users.stamps('A')).toEqual(stamps);
  await reader.readAll();
  expect(reader.live.get('A@WH')?.fields).toEqual({ onHand: '7' });
  expect(reader.live.get('B@WH')?.fields).toEqual({ onHand: '0' });
});

test.each(['template', 'variant'] as const)('a delete of the %s, seen only in the log, is told', async (by) => {
  await users.put(['A', 'B', 'C'].map((key) => aProduct(key)));
  const [products, stock] = [new TrytonReader(connector, 'product'), new TrytonReader(connector, 'stock-level')];
  await products.readAll();
  await stock.readAll();
  await users.remove(['A', 'C'], by);
  await products.readAll();
  await stock.readAll();
  expect([...products.live.keys()]).toEqual(['B']);
  expect([...stock.live.keys()]).toEqual(['B@WH']);
});

function aProduct(key: string, brand = 'ACME'): SuiteRecord {
  return { key, fields: { ean: null, name: { en: 'Screw', de: 'Schraube' }, brand, weight: '1.5', active: true } };
}
