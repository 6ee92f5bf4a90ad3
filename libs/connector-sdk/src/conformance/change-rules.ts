import { expect } from '@jest/globals';
import type { ConformanceTarget } from './driver.js';
import { getByKey, KnownRecords, readAll } from './reading.js';
import type { RuleList } from './rule.js';
import { byKey, keyOf } from './shape.js';
import type { WithSystem } from './with-system.js';

/** Longer than any connector waits before it looks behind its cursor. */
const LONG_MS = 3_600_000;
/** So long another transaction of the same server may hold a change back. */
const HELD_BACK_MS = 5_000;
/** Less than the smallest difference of two time zones. */
const MAX_SKEW_MS = 10 * 60_000;

/** Rules of `changes`; a connector that only scans has none. */
export function addChangeRules(target: ConformanceTarget, withSystem: WithSystem, list: RuleList): void {
  const { entity } = target;
  const test = list.unless(target.capabilities.changes === 'scan' && 'it only scans');

  test('the first read gives every record exactly', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      await driver.put(records.awkward());
      const known = new KnownRecords();
      await readAll(connector, entity, known, { limit: 4 });
      expect(known.byKey()).toEqual(byKey(records.awkward()));
      expect(known.rejected.size).toBe(0);
    }));

  test('an empty system gives a cursor, and what comes later is found from it', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      const known = new KnownRecords();
      const cursor = (await readAll(connector, entity, known)).at(-1) ?? null;
      expect(known.changed).toEqual([]);
      await driver.put([records.plain('A')]);
      await readAll(connector, entity, known, { cursor });
      expect(known.byKey()).toEqual(byKey([records.plain('A')]));
    }));

  test('what changed since the cursor is found, and nothing else looks changed', () =>
    withSystem('observe', async ({ connector, driver, clock, records }) => {
      await driver.put(records.many(12));
      const known = new KnownRecords();
      let cursor = (await readAll(connector, entity, known, { limit: 5 })).at(-1) ?? null;
      known.changed = [];
      for (const changed of [records.withText(keyOf(3), 'new'), records.plain(keyOf(7), records.edit('newer'))]) {
        await driver.put([changed]);
        const endsAtMs = Date.now() + HELD_BACK_MS;
        do cursor = (await readAll(connector, entity, known, { cursor, limit: 5 })).at(-1) ?? null;
        while (known.changed.length === 0 && Date.now() < endsAtMs);
        clock.advance(LONG_MS);
        cursor = (await readAll(connector, entity, known, { cursor, limit: 5 })).at(-1) ?? null;
        expect(known.changed.splice(0)).toHaveLength(1);
      }
      expect(known.byKey()).toEqual(await driver.read());
    }));

  test('records that change while pages are read are neither lost nor left old', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      await driver.put(records.many(30));
      const known = new KnownRecords();
      const act = async (page: number): Promise<void> => {
        if (page > 8) return;
        await driver.put([records.withText(keyOf(page * 3), `page ${page}`), records.plain(`N-${page}`)]);
      };
      const cursor = (await readAll(connector, entity, known, { limit: 4, then: act })).at(-1) ?? null;
      await readAll(connector, entity, known, { cursor, limit: 4 });
      expect(known.byKey()).toEqual(await driver.read());
    }));

  test('another process goes on from any cursor', () =>
    withSystem('observe', async ({ connector, driver, reopen, records }) => {
      await driver.put(records.many(14));
      const cursors = await readAll(connector, entity, new KnownRecords(), { limit: 4 });
      await driver.put([records.withText(keyOf(2), 'after')]);
      for (const [page, cursor] of cursors.entries()) {
        const known = new KnownRecords();
        await readAll(reopen(), entity, known, { cursor, limit: 4 });
        const expected = records.many(14).slice((page + 1) * 4);
        const missing = expected.filter(({ key }) => !known.byKey().has(key));
        expect(missing).toEqual([]);
        expect(known.byKey().get(keyOf(2))).toMatchObject(records.text('after'));
      }
    }));

  test('the same cursor read twice gives the same records: a page may be lost after it was read', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      await driver.put(records.many(9));
      const { cursor } = await connector.changes(entity, null, 4);
      const [once, twice] = [await connector.changes(entity, cursor, 4), await connector.changes(entity, cursor, 4)];
      expect(twice.records).toEqual(once.records);
    }));

  addCursorRules(target, withSystem, list);
  addDeleteRules(target, withSystem, list);
}

function addCursorRules({ entity, capabilities }: ConformanceTarget, withSystem: WithSystem, list: RuleList): void {
  const test = list.unless(capabilities.changes !== 'cursor' && 'its changes have no cursor of times');
  test('records of one and the same time are not lost at the border of a page', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      if (!driver.putAtOneTime) return;
      await driver.putAtOneTime(records.many(23));
      const known = new KnownRecords();
      await readAll(connector, entity, known, { limit: 4 });
      expect(known.byKey()).toEqual(byKey(records.many(23)));
    }));

  test('the time of a change is the present, in UTC', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      await driver.put([records.plain('A')]);
      const { changedAt } = await getByKey(connector, entity, 'A');
      expect(Math.abs(Date.parse(changedAt ?? '') - Date.now())).toBeLessThan(MAX_SKEW_MS);
    }));

  test('a transaction that commits after the cursor went past its time is found', () =>
    withSystem('observe', async ({ connector, driver, clock, records }) => {
      await driver.put([records.plain('A')]);
      const known = new KnownRecords();
      let cursor = (await readAll(connector, entity, known)).at(-1) ?? null;
      const late = await driver.putLate?.([records.withText('A', 'late'), records.plain('late')]);
      await driver.put([records.plain('B')]);
      cursor = (await readAll(connector, entity, known, { cursor })).at(-1) ?? null;
      await late?.commit();
      cursor = (await readAll(connector, entity, known, { cursor })).at(-1) ?? null;
      clock.advance(LONG_MS);
      await readAll(connector, entity, known, { cursor, limit: 1 });
      expect(known.byKey()).toEqual(await driver.read());
    }));
}

function addDeleteRules({ entity, capabilities }: ConformanceTarget, withSystem: WithSystem, list: RuleList): void {
  const test = list.unless(!capabilities.deleteEvents && 'deletes are found by complete scans');
  test('a record that was removed is told', () =>
    withSystem('observe', async ({ connector, driver, records }) => {
      await driver.put(records.many(5));
      const known = new KnownRecords();
      const cursor = (await readAll(connector, entity, known)).at(-1) ?? null;
      await driver.remove([keyOf(1), keyOf(4)]);
      await readAll(connector, entity, known, { cursor });
      expect(known.byKey()).toEqual(await driver.read());
    }));
}
