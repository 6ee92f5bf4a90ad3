import { expect } from '@jest/globals';
import { combineDigests } from '#canonical';
import type { ExternalId } from '#kernel';
import type { KeyRange } from '../connector.js';
import type { ConformanceTarget } from './driver.js';
import { getByKey, KnownRecords, readAll, scanAll, WHOLE } from './reading.js';
import type { AddRule, RuleList } from './rule.js';
import { byKey, keyOf } from './shape.js';
import type { WithSystem } from './with-system.js';

/** Rules of `check`, `scan`, `fetch` and `digest`. */
export function addReadRules(target: ConformanceTarget, withSystem: WithSystem, list: RuleList): void {
  const { entity } = target;
  const test = list.unless(false);

  test('check says that the system is reached, and names no problem', () =>
    withSystem('observe', async ({ connector }) => {
      expect(await connector.check()).toMatchObject({ reachable: true, problems: [] });
      expect(connector.capabilities(entity)).toMatchObject(target.capabilities);
    }));

  test('a scan gives every record once, exactly, in byte order of external ids', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      await driver.put(records.awkward());
      const found = await scanAll(connector, entity, { limit: 3 });
      const ids = found.map(({ externalId }) => externalId);
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      expect(new Map(found.map(({ key, fields }) => [key, fields]))).toEqual(byKey(records.awkward()));
      expect(found.every(({ status }) => status === 'live')).toBe(true);
    }));

  test('a scan of a range leaves its start out and takes its end in; an empty one is complete', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      await driver.put(records.many(20));
      const ids = (await scanAll(connector, entity)).map(({ externalId }) => externalId);
      const range: KeyRange = { from: ids[4] ?? null, to: ids[12] ?? null };
      const found = await scanAll(connector, entity, { range, limit: 3 });
      expect(found.map(({ externalId }) => externalId)).toEqual(ids.slice(5, 13));
      const last = ids.at(-1) ?? null;
      expect(await connector.scan(entity, { from: last, to: null }, null, 5)).toMatchObject({
        records: [],
        next: null,
      });
    }));

  test('a scan misses no record that stays, while others come and go and change', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      await driver.put(records.many(40));
      const act = async (page: number): Promise<void> => {
        // More go than come, so that places in the list move.
        await driver.remove([keyOf(page * 2 + 1), keyOf(page * 2 + 2)]);
        await driver.put([records.plain(`A-0000-${page}`), records.withText(keyOf(38), `moved ${page}`)]);
      };
      const keys = (await scanAll(connector, entity, { limit: 7, then: act })).map(({ key }) => String(key));
      expect(new Set(keys).size).toBe(keys.length);
      const stayed = [...(await driver.read()).keys()].filter((key) => !key.startsWith('A-0000-'));
      expect(stayed.filter((key) => !keys.includes(key))).toEqual([]);
    }));

  test('a scan goes on in another process from where it was', () =>
    withSystem('observe', async ({ connector, driver, reopen, records }) => {
      await driver.put(records.many(15));
      const first = await connector.scan(entity, WHOLE, null, 6);
      const second = await reopen().scan(entity, WHOLE, first.next, 100);
      expect(second.next).toBeNull();
      const keys = [...first.records, ...second.records].map(({ key }) => key);
      expect(keys.sort()).toEqual(records.many(15).map(({ key }) => key));
    }));

  test('fetch finds by key and by external id, and leaves out what does not exist', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      await driver.put(records.awkward());
      const keys = [...records.awkward().map(({ key }) => key), 'no such key', ''] as never[];
      const byKeys = await connector.fetch(entity, { by: 'key', keys });
      expect(new Map(byKeys.records.map(({ key, fields }) => [key, fields]))).toEqual(byKey(records.awkward()));
      const ids = [...byKeys.records.map(({ externalId }) => externalId), 'no such id' as ExternalId];
      expect((await connector.fetch(entity, { by: 'externalId', ids })).records).toHaveLength(records.awkward().length);
      expect((await connector.fetch(entity, { by: 'key', keys: [] })).records).toEqual([]);
    }));

  addDigestRules(target, withSystem, list.unless(!target.capabilities.digest && 'the system computes no digests'));
}

function addDigestRules({ entity }: ConformanceTarget, withSystem: WithSystem, test: AddRule): void {
  test('digests of ranges are the combined digests of their records', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      await driver.put([...records.awkward(), ...records.many(30)]);
      const found = await scanAll(connector, entity);
      const bounds = [3, 4, 17, 25].map((n) => found[n]?.externalId ?? null);
      const ranges = [null, ...bounds].map((from, n): KeyRange => ({ from, to: bounds[n] ?? null }));
      const expected = ranges.map(({ from, to }) => {
        const start = from === null ? 0 : found.findIndex(({ externalId }) => externalId === from) + 1;
        const end = to === null ? found.length : found.findIndex(({ externalId }) => externalId === to) + 1;
        return combineDigests(found.slice(start, end).map(({ digest }) => digest ?? ''));
      });
      expect(await connector.digest?.(entity, [...ranges, WHOLE])).toEqual([
        ...expected,
        combineDigests(found.map(({ digest }) => digest ?? '')),
      ]);
      expect(await connector.digest?.(entity, [])).toEqual([]);
    }));

  test('a digest changes when a record does, even by values that two records swap, and not otherwise', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      const digest = async (): Promise<unknown> => (await connector.digest?.(entity, [WHOLE]))?.[0];
      await driver.put([records.withText('A', 'x'), records.withText('B', 'y')]);
      const before = await digest();
      expect(await digest()).toEqual(before);
      await driver.put([records.withText('A', 'y'), records.withText('B', 'x')]);
      expect(await digest()).not.toEqual(before);
      await driver.put([records.withText('A', 'x'), records.withText('B', 'y')]);
      expect(await digest()).toEqual(before);
      await driver.put([records.plain('A', records.edit('x')), records.withText('B', 'y')]);
      expect(await digest()).not.toEqual(before);
    }));

  test('a record read in any way has the same digest', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      await driver.put([records.plain('A')]);
      const known = new KnownRecords();
      if (connector.capabilities(entity).changes !== 'scan') await readAll(connector, entity, known);
      const [scanned] = await scanAll(connector, entity);
      const digests = [scanned, await getByKey(connector, entity, 'A'), ...known.records.values()].map(
        (record) => record?.digest,
      );
      expect(new Set(digests).size).toBe(1);
    }));
}
