import type { BusinessKey, ExternalId } from '#kernel';
import type { EndedWrite, MirrorRow } from '#mirror';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { aRow, change, ENTITY, ids, ME, MirrorFixture } from './host-fixture.js';

const CATEGORIES = ['category', 'brand'];
let mirror: MirrorFixture;

beforeAll(async () => {
  mirror = await MirrorFixture.create();
});
beforeEach(() => mirror.clear());
afterAll(() => mirror.drop());

const golden = (brand: string | null): MirrorRow['golden'] => ({
  ...{ version: 3n, sequence: 5n, status: 'live', mergedSequence: 0n },
  fields: { brand, name: { de: 'Bohrer' } },
});
const named = (id: string, changed: Partial<MirrorRow> = {}): MirrorRow => ({ ...aRow(id), ...changed });

test('a write that landed is kept with its hour and what made it; later observations keep both', async () => {
  await mirror.insert(named('a', { golden: golden('X') }));
  const save = (writtenVersion: bigint | null): Promise<void> =>
    mirror.store.transaction(async (tx) => {
      const [locked] = await tx.lockRows(ENTITY, { externalIds: ids('a') }, null, ME);
      if (!locked) throw new Error('the row is gone');
      await tx.save([{ ...change({ ...locked.row, writtenVersion }), id: locked.id, before: locked.row }]);
    });
  const written = async (): Promise<unknown> => {
    const facts = await mirror.facts.findFacts(ENTITY, CATEGORIES, ids('a'));
    const { writtenBy, writtenHour } = facts.get('a' as ExternalId) ?? {};
    return { writtenBy, writtenHour };
  };
  expect(await written()).toEqual({ writtenBy: null, writtenHour: null });
  await save(3n);
  const first = await written();
  expect(first).toEqual({ writtenBy: 'test 1', writtenHour: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d$/) });
  await save(null); // the next write begins
  expect(await written()).toEqual(first);
});

test('writes that ended are kept with how and when, the last ten of them; what ends none keeps them', async () => {
  await mirror.insert(named('a', { golden: golden('X') }));
  const save = (next: (row: MirrorRow) => Partial<MirrorRow>): Promise<void> =>
    mirror.store.transaction(async (tx) => {
      const [locked] = await tx.lockRows(ENTITY, { externalIds: ids('a') }, null, ME);
      if (!locked) throw new Error('the row is gone');
      await tx.save([{ ...change({ ...locked.row, ...next(locked.row) }), id: locked.id, before: locked.row }]);
    });
  const begin = (goldenVersion: bigint): Promise<void> => {
    const times = { expectedVersion: null, openedAtMs: Date.now() };
    return save(() => ({
      intent: { id: 'i', operation: 'update', fields: {}, goldenVersion, ...times },
      writtenVersion: null,
    }));
  };
  const ended = async (): Promise<readonly EndedWrite[]> =>
    (await mirror.reports.findRows(ENTITY, 'a' as BusinessKey))[0]?.endedWrites ?? [];
  await begin(1n);
  await save(() => ({ intent: null, attempts: 1 }));
  for (let version = 2n; version <= 12n; version += 1n) {
    await begin(version);
    await save(() => ({ intent: null, writtenVersion: version }));
  }
  await save(() => ({ parked: 'because' }));
  const kept = await ended();
  expect(kept.map(({ goldenVersion, outcome }) => `${goldenVersion} ${outcome}`)).toEqual(
    Array.from({ length: 10 }, (_, index) => `${index + 3} applied`),
  );
  for (const { openedAtMs, endedAtMs } of kept) expect(endedAtMs).toBeGreaterThanOrEqual(openedAtMs - 1_000);
});

test('facts are those of the golden record, long values cut, and records without one have none', async () => {
  await mirror.insert(
    named('a', { golden: golden('X') }),
    named('b', { golden: golden('y'.repeat(500)) }),
    named('c', { golden: golden(null) }),
    named('d'),
  );
  const facts = await mirror.facts.findFacts(ENTITY, CATEGORIES, ids('a', 'b', 'c', 'd', 'nobody'));
  expect([...facts].map(([id, { status, values }]) => [id, status, ...values]).sort()).toEqual([
    ['a', 'live', null, 'X'],
    ['b', 'live', null, 'y'.repeat(100)],
    ['c', 'live', null, null],
  ]);
});

test('few records are all looked at, of many a random sample with the same shares', async () => {
  await mirror.database.query(
    `INSERT INTO mirror (entity, external_id, key, live, golden, differs, attempts, retry_at_ms, undone, undone_since_ms, bulk, moved_by)
     SELECT CASE WHEN i % 3 = 0 THEN 'price' ELSE 'product' END, 'p' || i, 'p' || i, true,
       json_build_array(1, 1, 'live', 0, json_build_object('brand', CASE WHEN i % 20 < 5 THEN 'X' ELSE 'Y' END))::text,
       '{}', 0, 0, 0, 0, false, pg_current_xact_id()
     FROM generate_series(1, 30000) i`,
  );
  let state = 7;
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const all = await mirror.facts.sampleFacts(ENTITY, CATEGORIES, { live: 20_000, size: 20_000, random });
  expect([all.isSample, all.facts.length]).toEqual([false, 20_000]);
  const some = await mirror.facts.sampleFacts(ENTITY, CATEGORIES, { live: 20_000, size: 2_000, random });
  expect(some.isSample).toBe(true);
  expect(some.facts.length).toBeGreaterThan(1_700);
  expect(some.facts.length).toBeLessThan(2_300);
  const share = some.facts.filter(({ values }) => values[1] === 'X').length / some.facts.length;
  expect(Math.abs(share - 0.25)).toBeLessThan(0.05);
});

test('what is not as the hub wants it is counted, due, being written or parked, besides what was named', async () => {
  const intent = { id: 'i', operation: 'update', fields: {}, goldenVersion: 3n } as const;
  const rows = [
    named('equal'),
    named('due'),
    named('named'),
    named('writing', { intent: { ...intent, expectedVersion: null, openedAtMs: 0 } }),
    named('parked', { parked: 'rejected three times' }),
    named('parked and equal', { parked: 'rejected three times' }),
  ];
  const differs = (id: string): readonly string[] => (id.includes('equal') ? [] : ['brand']);
  await mirror.store.transaction(async (tx) => {
    await tx.lockRows(ENTITY, { keys: rows.map(({ key }) => key) }, null, ME);
    await tx.save(rows.map((row) => ({ ...change(row), differs: differs(String(row.externalId)) })));
    const wanted = { ...aRow('wanted', 'X', null), observation: null, golden: golden('X') };
    await tx.save([{ ...change(wanted), differs: ['brand'] }]);
  });
  expect(await mirror.facts.countUnequal(ENTITY, ids('named'))).toEqual({ unequal: 3, absent: 1 });
  expect(await mirror.facts.countUnequal('price', [])).toEqual({ unequal: 0, absent: 0 });
});
