import { expect } from '@jest/globals';
import type { Connector, ObservedRecord, RecordWrite, WriteOutcome } from '../connector.js';
import type { ConformanceTarget } from './driver.js';
import { getByKey, KnownRecords, readAll } from './reading.js';
import type { RuleList } from './rule.js';
import { byKey, keyOf } from './shape.js';
import type { WithSystem } from './with-system.js';
import { readNews, toCreate, toDelete, toUpdate } from './writing.js';

/** Rules of `apply`. */
export function addWriteRules(target: ConformanceTarget, withSystem: WithSystem, list: RuleList): void {
  const { entity } = target;
  const test = list.unless(false);
  const applyOne = async (connector: Connector, write: RecordWrite): Promise<WriteOutcome> => {
    const [outcome] = await connector.apply(entity, [write]);
    if (!outcome) throw new Error('a write without outcome');
    return outcome;
  };

  test('a create stores exactly what it was given, and answers with the stored form', () =>
    withSystem('write', async ({ connector, driver, records }) => {
      const outcomes = await connector.apply(
        entity,
        records.awkward().map(({ key, fields }) => toCreate(key, fields)),
      );
      expect(outcomes.map(({ kind }) => kind)).toEqual(records.awkward().map(() => 'applied'));
      expect(await driver.read()).toEqual(byKey(records.awkward()));
      for (const outcome of outcomes) {
        const stored = outcome.kind === 'applied' ? outcome.stored : null;
        expect(stored).toEqual(await getByKey(connector, entity, String(stored?.key)));
      }
    }));

  test('an update writes only its fields; null empties a field', () =>
    withSystem('write', async ({ connector, driver, records }) => {
      await driver.put([records.plain('A'), records.plain('B')]);
      const change = records.edit('Ω');
      const outcome = await applyOne(connector, toUpdate(await getByKey(connector, entity, 'A'), change));
      expect(outcome).toMatchObject({ kind: 'applied', stored: { fields: records.plain('A', change).fields } });
      expect(await driver.read()).toEqual(byKey([records.plain('A', change), records.plain('B')]));
    }));

  test('a page of writes of all kinds is answered in its order', () =>
    withSystem('write', async ({ connector, driver, records }) => {
      await driver.put(records.many(60));
      const known = await Promise.all([3, 5, 40].map((n) => getByKey(connector, entity, keyOf(n))));
      const [third, fifth, fortieth] = known as [ObservedRecord, ObservedRecord, ObservedRecord];
      const outcomes = await connector.apply(entity, [
        toUpdate(third, records.text('x')),
        toCreate('N-1', records.minimal('N-1', 'n')),
        toDelete(fifth),
        toUpdate(fortieth, records.edit('y')),
      ]);
      expect(outcomes.map((outcome) => [outcome.kind, 'stored' in outcome ? outcome.stored?.key : null])).toEqual(
        [keyOf(3), 'N-1', keyOf(5), keyOf(40)].map((key) => ['applied', key]),
      );
      const now = await driver.read();
      expect(now.size).toBe(60);
      expect(now.get(keyOf(3))).toMatchObject(records.text('x'));
      expect(now.get(keyOf(40))).toMatchObject(records.edit('y'));
      expect(await connector.apply(entity, [])).toEqual([]);
    }));

  test('values that the record already holds are not written again', () =>
    withSystem('write', async ({ connector, driver, records }) => {
      await driver.put([records.plain('A')]);
      const before = await driver.countWrites?.();
      const current = await getByKey(connector, entity, 'A');
      expect(await applyOne(connector, toUpdate(current, records.plain('A').fields))).toMatchObject({
        kind: 'unchanged',
        stored: { version: current.version },
      });
      expect(await driver.countWrites?.()).toBe(before);
    }));

  test('a create repeated after a crash is a conflict with the first, not a second record', () =>
    withSystem('write', async ({ connector, driver, reopen, records }) => {
      const create = toCreate('A', records.plain('A').fields);
      expect((await applyOne(connector, create)).kind).toBe('applied');
      expect(await applyOne(reopen(), create)).toMatchObject({ kind: 'conflict', current: { key: 'A' } });
      expect((await driver.read()).size).toBe(1);
    }));

  test('a delete removes the record; repeated, it finds nothing to do', () =>
    withSystem('write', async ({ connector, driver, records }) => {
      await driver.put([records.plain('A'), records.plain('B')]);
      const current = await getByKey(connector, entity, 'A');
      expect(await applyOne(connector, toDelete(current))).toMatchObject({
        kind: 'applied',
        stored: { status: 'deleted' },
      });
      expect([...(await driver.read()).keys()]).toEqual(['B']);
      expect(await applyOne(connector, toDelete(current))).toEqual({ kind: 'unchanged', stored: null });
    }));

  test('an update of a record that is gone is a conflict with nothing', () =>
    withSystem('write', async ({ connector, driver, records }) => {
      await driver.put([records.plain('A'), records.plain('B')]);
      const current = await getByKey(connector, entity, 'A');
      await driver.remove(['A']);
      await readNews(connector, target);
      expect(await applyOne(connector, toUpdate(current, records.text('x')))).toEqual({
        kind: 'conflict',
        current: null,
      });
    }));

  addRefusalRules(target, withSystem, list);
  addPreconditionRules(target, withSystem, list);
}

function addRefusalRules({ entity, refused }: ConformanceTarget, withSystem: WithSystem, list: RuleList): void {
  const test = list.unless(refused === undefined && 'the system takes every value that the mapping allows');

  test('one bad record is rejected with a reason, and the others are written', () =>
    withSystem('write', async ({ connector, driver, records }) => {
      const writes = records.many(9).map(({ key, fields }) => toCreate(key, fields));
      writes[4] = toCreate('bad', { ...records.plain('bad').fields, ...refused });
      const outcomes = await connector.apply(entity, writes);
      expect(outcomes.map(({ kind }) => kind)).toEqual(writes.map((_, n) => (n === 4 ? 'rejected' : 'applied')));
      expect(outcomes[4]).toMatchObject({ reason: expect.stringMatching(/\w/) });
      expect((await driver.read()).size).toBe(8);
    }));
}

function addPreconditionRules(target: ConformanceTarget, withSystem: WithSystem, list: RuleList): void {
  const { entity, capabilities, comparesBeforeWrite } = target;
  const comparesNothing = capabilities.precondition === 'none' && !comparesBeforeWrite;
  const test = list.unless(comparesNothing && 'the system is weak: the host reads and compares before it writes');

  test('a stale version is a conflict with the current record, and nothing is written', () =>
    withSystem('write', async ({ connector, driver, records }) => {
      await driver.put([records.plain('A'), records.plain('B')]);
      const [a, b] = [await getByKey(connector, entity, 'A'), await getByKey(connector, entity, 'B')];
      await driver.put([records.withText('A', 'newer')]);
      const writes = [toUpdate(a, records.edit('stale')), toUpdate(b, records.edit('fine'))];
      expect(await connector.apply(entity, writes)).toMatchObject([
        { kind: 'conflict', current: { fields: records.text('newer') } },
        { kind: 'applied' },
      ]);
      expect(await connector.apply(entity, [toDelete(a)])).toMatchObject([{ kind: 'conflict', current: { key: 'A' } }]);
      expect((await driver.read()).get('A')).toEqual(records.withText('A', 'newer').fields);
    }));

  test('the hub recognises its own write when it is read back: same version, same stored form', () =>
    withSystem('write', async ({ connector, driver, records }) => {
      if (connector.capabilities(entity).changes === 'scan') return;
      await driver.put([records.plain('A')]);
      const cursor = (await readAll(connector, entity, new KnownRecords())).at(-1) ?? null;
      const current = await getByKey(connector, entity, 'A');
      const [outcome] = await connector.apply(entity, [toUpdate(current, records.text('ours'))]);
      const known = new KnownRecords();
      await readAll(connector, entity, known, { cursor });
      expect([...known.records.values()]).toEqual(outcome?.kind === 'applied' ? [outcome.stored] : []);
      expect((await getByKey(connector, entity, 'A')).version).not.toBe(current.version);
    }));
}
