import { expect, test } from '@jest/globals';
import type { SystemId } from '#kernel';
import { judge } from './judge.js';
import { nextStep, type RoundEvent } from './next-step.js';
import type { RoundStore } from './ports.js';
import { aSummary, differencesOf } from './round-builders.js';
import type { ScanSummary } from './round-jobs.js';
import type { DriftOutcome, Round } from './round.js';

const LIMITS = { maxChangedShare: 0.02, minChanged: 50, maxDeleteShare: 0.005, minDeletes: 5, maxShrinkShare: 0.02 };
const TTL_MS = 60_000;

/** A store under test: `freshSystem` gives a system that no other test uses, `outcomes` the drift items of a round. */
export interface RoundStoreUnderTest {
  readonly store: RoundStore;
  freshSystem(): SystemId;
  outcomes(roundId: string): Promise<Record<string, DriftOutcome>>;
}

/** What every {@link RoundStore} must do; runs against the fake and the real one. */
export function testRoundStore(make: () => Promise<RoundStoreUnderTest>): void {
  const advance = async ({ store }: RoundStoreUnderTest, round: Round, event: RoundEvent): Promise<Round> => {
    const transition = nextStep(round, event, () => 0);
    await store.advance({ ...transition, waitMs: 0 });
    return store.getRound(round.id);
  };
  const scan = async (under: RoundStoreUnderTest, round: Round, summary: ScanSummary): Promise<Round> => {
    const history = await under.store.findHistory(round, summary.differences);
    return advance(under, round, { kind: 'scanned', summary, verdict: judge(summary, LIMITS, history) });
  };
  const committed: RoundEvent = { kind: 'committed', result: { outcome: 'committed', rows: 1 } };
  const repaired = async (under: RoundStoreUnderTest, system: SystemId, differences: ScanSummary['differences']) => {
    const { round } = await under.store.start(system, 'product', false);
    const verifying = await advance(under, await scan(under, round, aSummary(differences)), committed);
    const fixed = differences.map((item) => item.externalId);
    return advance(under, verifying, { kind: 'verified', result: { fixed, unfixed: [], pending: 0 } });
  };

  test('has one open round per system and entity', async () => {
    const under = await make();
    const { store } = under;
    const system = under.freshSystem();
    const first = await store.start(system, 'product', false);
    const [again, other] = [await store.start(system, 'product', true), await store.start(system, 'price', false)];
    expect([first.started, again.started, other.started]).toEqual([true, false, true]);
    expect(again.round).toEqual(first.round);
  });

  test('gives a due round to one driver at a time', async () => {
    const under = await make();
    const { store } = under;
    const { round } = await store.start(under.freshSystem(), 'product', false);
    const claims = await Promise.all([store.claimDue('a', TTL_MS), store.claimDue('b', TTL_MS)]);
    expect(claims.filter((claim) => claim?.id === round.id)).toHaveLength(1);
    const owner = claims[0]?.id === round.id ? 'a' : 'b';
    await store.renew(round.id, owner, TTL_MS);
    await expect(store.renew(round.id, 'c', TTL_MS)).rejects.toMatchObject({ code: 'HUB_LEASE_LOST' });
    await store.release(round.id, owner);
    expect((await store.claimDue('c', TTL_MS))?.id).toBe(round.id);
    await store.release(round.id, 'c');
    await store.advance(
      nextStep(round, { kind: 'scanned', summary: aSummary(), verdict: { verdict: 'commit' } }, () => 0),
    );
  });

  test('refuses a transition that was computed from an older round', async () => {
    const under = await make();
    const { round } = await under.store.start(under.freshSystem(), 'product', false);
    const ended = await scan(under, round, aSummary());
    expect(ended.state).toBe('clean');
    await expect(scan(under, round, aSummary())).rejects.toMatchObject({ code: 'HUB_LEASE_LOST' });
  });

  test('keeps what became of each drift', async () => {
    const under = await make();
    const differences = [...differencesOf('changed', 2), ...differencesOf('foreign', 1)];
    const { round } = await under.store.start(under.freshSystem(), 'product', false);
    const verifying = await advance(under, await scan(under, round, aSummary(differences)), committed);
    const result = { fixed: ['changed-0'], unfixed: [{ externalId: 'changed-1', why: 'rejected' }], pending: 0 };
    const again = await advance(under, verifying, { kind: 'verified', result });
    expect(again).toMatchObject({ state: 'repairing', changed: 2, foreign: 1, fixed: 1, unfixed: 1, attempt: 1 });
    expect(again.fields).toEqual({ name: 1, brand: 1 });
    expect(await under.outcomes(round.id)).toEqual({
      'changed-0': 'fixed',
      'changed-1': 'unfixed',
      'foreign-0': 'found',
    });
  });

  test('counts the distinct records repaired unattended in the last day', async () => {
    const under = await make();
    const system = under.freshSystem();
    await repaired(under, system, [...differencesOf('changed', 3), ...differencesOf('missing', 2)]);
    await repaired(under, system, differencesOf('changed', 4));
    const { round } = await under.store.start(system, 'product', false);
    expect(await under.store.findHistory(round, [])).toEqual({ changed: 4, missing: 2, rejected: null });
    expect(await under.store.findHistory(round, differencesOf('changed', 1))).toMatchObject({ changed: 3 });
  });

  test('leaves what a person approved out of the history', async () => {
    const under = await make();
    const system = under.freshSystem();
    const { round } = await under.store.start(system, 'product', false);
    const held = await scan(under, round, aSummary(differencesOf('changed', 300)));
    expect(held).toMatchObject({ state: 'held', step: null });
    const approved = await advance(under, held, { kind: 'approved', digest: held.digest ?? '', actor: 'ann' });
    const verifying = await advance(under, approved, committed);
    await advance(under, verifying, { kind: 'verified', result: { fixed: [], unfixed: [], pending: 0 } });
    const next = await under.store.start(system, 'product', false);
    expect(await under.store.findHistory(next.round, [])).toEqual({ changed: 0, missing: 0, rejected: null });
  });

  test('remembers a rejection, except for a round that a person starts', async () => {
    const under = await make();
    const system = under.freshSystem();
    const { round } = await under.store.start(system, 'product', false);
    const held = await scan(under, round, aSummary(differencesOf('missing', 60)));
    const digest = held.digest ?? '';
    const rejected = await advance(under, held, { kind: 'rejected', digest, actor: 'ann' });
    expect(Object.values(await under.outcomes(round.id))).toEqual(Array(60).fill('rejected'));
    await advance(under, rejected, { kind: 'discarded' });
    const next = await under.store.start(system, 'product', false);
    expect((await under.store.findHistory(next.round, [])).rejected).toEqual({ digest, round: round.id });
    const again = await scan(under, next.round, aSummary(differencesOf('missing', 60)));
    expect(again.state).toBe('rejected');
    const demanded = await under.store.start(system, 'product', true);
    expect((await under.store.findHistory(demanded.round, [])).rejected).toBeNull();
  });
}
