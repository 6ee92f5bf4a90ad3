import { expect, test } from '@jest/globals';
import type { RoundReport } from '#contracts';
import { instantOfMs, type Instant, type SystemId } from '#kernel';
import type { DriftReads, DriftSelection } from './drift-reads.js';
import { nextStep, type RoundEvent } from './next-step.js';
import type { RoundStore } from './ports.js';
import { aSummary, differencesOf } from './round-builders.js';
import type { RoundDifference, ScanEvidence, ScanSummary } from './round-jobs.js';
import type { Round } from './round.js';

/** Reads under test with the store that they read; `pause` lets its clock go on. */
export interface DriftReadsUnderTest {
  readonly store: RoundStore;
  readonly reads: DriftReads;
  freshSystem(): SystemId;
  pause(): Promise<void>;
}

const EVIDENCE: ScanEvidence = {
  ...{ unequal: 7, absent: 3 },
  population: { records: 10_000, isSample: true, counts: { brand: { X: 300 } } },
};
const brand = (name: string, differences: RoundDifference[]): RoundDifference[] =>
  differences.map((difference) => ({ ...difference, facts: { brand: name } }));

/** What every {@link DriftReads} must do; runs against the fake and the real one. */
export function testDriftReads(make: () => Promise<DriftReadsUnderTest>): void {
  const all = (system: SystemId, more: Partial<DriftSelection> = {}): DriftSelection => ({
    ...{ since: instantOfMs(0), system, entity: null, roundId: null },
    ...more,
  });
  const advance = async ({ store }: DriftReadsUnderTest, round: Round, event: RoundEvent): Promise<Round> => {
    await store.advance({ ...nextStep(round, event, () => 0), waitMs: 0 });
    return store.getRound(round.id);
  };
  const scanned = async (
    under: DriftReadsUnderTest,
    system: SystemId,
    differences: readonly RoundDifference[],
    overrides: Partial<ScanSummary> = {},
  ): Promise<Round> => {
    const { round } = await under.store.start(system, 'product', false);
    const summary = aSummary(differences, { evidence: EVIDENCE, ...overrides });
    await under.pause();
    return advance(under, round, { kind: 'scanned', summary, verdict: { verdict: 'commit' } });
  };
  /** Repairs what is `fixed`; the rest is not settled in time, and the round ends. */
  const verified = async (under: DriftReadsUnderTest, round: Round, fixed: readonly string[]): Promise<Round> => {
    const verifying = await advance(under, round, { kind: 'committed', result: { outcome: 'committed', rows: 1 } });
    await under.pause();
    return advance(
      under,
      { ...verifying, attempt: 2 },
      {
        kind: 'verified',
        result: { fixed, unfixed: [{ externalId: 'changed-1', why: 'rejected' }], pending: 0 },
      },
    );
  };
  const startOf = async ({ reads }: DriftReadsUnderTest, system: SystemId, id: string): Promise<Instant> => {
    const { rounds } = await reads.findRounds(all(system), 10);
    return (rounds.find((round) => round.id === id) as RoundReport).startedAt;
  };

  test('tells what the last complete scan of a store left open, and how much was confirmed equal', async () => {
    const under = await make();
    const system = under.freshSystem();
    const differences = [...differencesOf('changed', 3), ...differencesOf('foreign', 1)];
    await verified(under, await scanned(under, system, differences), ['changed-0']);
    const [store, ...others] = await under.reads.findStores(all(system));
    expect(others).toEqual([]);
    expect(store).toMatchObject({ system, entity: 'product', unlisted: 0 });
    expect(store?.open.map(({ kind, outcome, count }) => [kind, outcome, count])).toEqual([
      ['changed', 'found', 1],
      ['changed', 'unfixed', 1],
      ['foreign', 'found', 1],
    ]);
    // 10,001 scanned, of which 3 changed, 1 is foreign and 7 are not as wanted; 1 was repaired; 3 more should be there
    expect(store?.confirmed).toMatchObject({ equal: 9_991, keys: 10_004, scannedAt: store?.startedAt });
    expect(await under.reads.findStores(all(under.freshSystem()))).toEqual([]);
    expect(await under.reads.findStores(all(system, { entity: 'price' }))).toEqual([]);
  });

  test('drift that a later scan finds again is known since the first; what was repaired meanwhile is new', async () => {
    const under = await make();
    const system = under.freshSystem();
    await verified(under, await scanned(under, system, differencesOf('changed', 2)), ['changed-0']);
    const before = (await under.reads.findStores(all(system)))[0];
    await scanned(under, system, differencesOf('changed', 2));
    const after = (await under.reads.findStores(all(system)))[0];
    expect(after?.roundId).not.toBe(before?.roundId);
    expect(after?.open).toEqual([expect.objectContaining({ count: 2, oldestAt: before?.open[0]?.oldestAt })]);
  });

  test('a round that did not scan completely hides no earlier one, and confirms nothing', async () => {
    const under = await make();
    const system = under.freshSystem();
    await verified(under, await scanned(under, system, differencesOf('changed', 2)), ['changed-0']);
    const [before] = await under.reads.findStores(all(system));
    const { round } = await under.store.start(system, 'product', false);
    const summary = aSummary([], { complete: false, problem: 'page 7' });
    await advance(under, round, { kind: 'scanned', summary, verdict: { verdict: 'fail', reason: 'page 7' } });
    expect(await under.reads.findStores(all(system))).toEqual([before]);
  });

  test('counts what a round does not list', async () => {
    const under = await make();
    const system = under.freshSystem();
    await scanned(under, system, differencesOf('changed', 3), { changed: 8_000 });
    expect((await under.reads.findStores(all(system)))[0]).toMatchObject({ unlisted: 7_997 });
  });

  test('times from the first finding to the proof, and only of what was repaired', async () => {
    const under = await make();
    const system = under.freshSystem();
    const round = await verified(under, await scanned(under, system, differencesOf('changed', 4)), [
      'changed-0',
      'changed-3',
    ]);
    const times = await under.store.findConvergeMs(round.id);
    expect(times).toHaveLength(2);
    expect(Math.min(...times)).toBeGreaterThan(0);
    const [group, ...others] = await under.reads.findConverged(all(system));
    expect(others).toEqual([]); // found and proved at the same moments
    expect(group).toMatchObject({ system, entity: 'product', count: 2 });
    expect(group?.ms).toBeCloseTo(times[0] ?? 0, 3);
    const later = instantOfMs(Date.parse('2999-01-01T00:00:00Z'));
    expect(await under.reads.findConverged(all(system, { since: later }))).toEqual([]);
  });

  test('a record that drifted in several rounds counts once, as the newest saw it', async () => {
    const under = await make();
    const system = under.freshSystem();
    await verified(under, await scanned(under, system, brand('X', differencesOf('changed', 6, ['name']))), []);
    const newer = [...brand('Y', differencesOf('changed', 2, ['name'])), ...differencesOf('missing', 1)];
    const { id } = await scanned(under, system, newer);
    const groupsOf = async (selection: DriftSelection): Promise<unknown[]> =>
      (await under.reads.findGroups(selection)).map(({ kind, fields, facts, count }) => [kind, fields, facts, count]);
    const ofNewest = [
      ['changed', ['name'], { brand: 'Y' }, 2],
      ['missing', [], null, 1],
    ];
    expect(await groupsOf(all(system))).toEqual([['changed', ['name'], { brand: 'X' }, 4], ...ofNewest]);
    expect(await groupsOf(all(system, { since: await startOf(under, system, id) }))).toEqual(ofNewest);
    expect(await groupsOf(all(system, { roundId: id }))).toEqual(ofNewest);
    const populations = await under.reads.findPopulations(all(system, { roundId: id }));
    expect(populations).toEqual([{ system, entity: 'product', population: EVIDENCE.population }]);
    expect(await under.reads.findPopulations(all(system))).toHaveLength(2);
  });

  test('lists the rounds of a window, newest first, and sums what came before it', async () => {
    const under = await make();
    const system = under.freshSystem();
    const ids: string[] = [];
    for (const count of [1, 2, 4])
      ids.push((await verified(under, await scanned(under, system, differencesOf('missing', count)), [])).id);
    const { rounds, of } = await under.reads.findRounds(all(system), 2);
    expect([rounds.map(({ id }) => id), of]).toEqual([[ids[2], ids[1]], 3]);
    const since = await startOf(under, system, ids[2] ?? '');
    const { newest, earlier } = await under.reads.findTotals(all(system, { since }));
    const totals = { system, entity: 'product', changed: 0, foreign: 0, undecided: 0 };
    expect(newest).toEqual([{ ...totals, scanned: 9_996, missing: 4 }]);
    expect(earlier).toEqual([{ ...totals, scanned: 9_999 + 9_998, missing: 3 }]);
  });
}
