import { combineDigests } from '#canonical';
import { HubError } from '#kernel';
import { describe, expect, test } from '@jest/globals';
import { classify, type Comparison } from './classify.js';
import { compareRanges } from './compare-ranges.js';
import { confirmCandidates } from './confirm.js';
import { DriftSimulation, seededRandom, type ReaderHabits } from './drift-simulation.js';
import { judge } from './judge.js';
import { nextStep } from './next-step.js';
import { aSummary, differencesOf } from './round-builders.js';
import { newRound, type Round } from './round.js';

/** The rules of a round, each of which a mutant replaces. */
interface Rules {
  readonly classify: typeof classify;
  readonly compareRanges: typeof compareRanges;
  readonly judge: typeof judge;
  readonly nextStep: typeof nextStep;
  readonly looks: 'confirmed' | 'single pass';
  readonly habits: ReaderHabits;
}

const RULES: Rules = { classify, compareRanges, judge, nextStep, looks: 'confirmed', habits: { waitsForPoll: true } };
const LIMITS = { maxChangedShare: 0.02, minChanged: 50, maxDeleteShare: 0.005, minDeletes: 5, maxShrinkShare: 0.02 };
const NONE = { changed: 0, missing: 0, rejected: null };
const HELD: Round = { ...newRound('r1', 'shop' as Round['system'], 'product', false), state: 'held', step: null };

/** What may never happen. Each check returns what it saw go wrong. */
const PROMISES: Readonly<Record<string, (rules: Rules) => Promise<string | null> | string | null>> = {
  'no lag is taken for drift, and no drift is missed': async (rules) => {
    const { wrong, missed } = await simulate(rules);
    return wrong + missed > 0 ? `${wrong} false, ${missed} missed` : null;
  },
  'nothing is committed over a limit': (rules) => {
    const over = [
      aSummary(differencesOf('changed', 201)),
      aSummary(differencesOf('missing', 51)),
      aSummary(differencesOf('changed', 26), { known: 50 }),
      aSummary(differencesOf('missing', 3), { known: 10 }),
      aSummary([], { scanned: 9_700 }),
      aSummary(differencesOf('changed', 60, ['weight'])),
    ];
    const passed = over.filter((summary) => rules.judge(summary, LIMITS, NONE).verdict !== 'hold');
    return passed.length > 0 ? `${passed.length} rounds over a limit were let through` : null;
  },
  'small steps add up over the day': (rules) =>
    rules.judge(aSummary(differencesOf('changed', 10)), LIMITS, { ...NONE, changed: 195 }).verdict === 'hold'
      ? null
      : 'the earlier rounds were forgotten',
  'nothing is decided from an incomplete scan': (rules) =>
    rules.judge(aSummary(differencesOf('missing', 3), { complete: false }), LIMITS, NONE).verdict === 'fail'
      ? null
      : 'an incomplete scan was judged',
  'every difference of a range shows in its digest': (rules) => {
    const ours = [combineDigests(['00000000000000aa', '00000000000000bb'])];
    const theirs = [combineDigests(['00000000000000aa', '00000000000000bb', '1111111111111111', '1111111111111111'])];
    return rules.compareRanges([{ from: null, to: null }], ours, theirs).length === 1 ? null : 'pairs cancelled';
  },
  'an approval is for what was shown': (rules) => {
    try {
      rules.nextStep({ ...HELD, digest: 'new' }, { kind: 'approved', digest: 'old', actor: 'ann' }, () => 0);
      return 'an old digest was approved';
    } catch (error) {
      return error instanceof HubError && error.code === 'HUB_APPROVAL_STALE' ? null : 'another error';
    }
  },
  'rows that moved since the approval are asked about again': (rules) => {
    const round: Round = { ...HELD, state: 'repairing', step: 'commit', approvedBy: 'ann', holdId: 'r1', changed: 900 };
    const next = rules.nextStep(round, { kind: 'committed', result: { outcome: 'stale', rows: 0 } }, () => 0);
    return next.round.step === 'scan' ? null : `went on to ${next.round.step}`;
  },
  'a repair counts when it was read back, not when it was sent': (rules) => {
    const round: Round = { ...HELD, state: 'repairing', step: 'commit', changed: 3 };
    const next = rules.nextStep(round, { kind: 'committed', result: { outcome: 'committed', rows: 3 } }, () => 0);
    return next.round.state === 'repairing' && next.round.step === 'verify' ? null : 'not verified';
  },
};

const MUTANTS: Readonly<Record<string, Partial<Rules>>> = {
  'repair without limits': {
    judge: (summary, ...rest) => {
      const verdict = judge(summary, ...rest);
      return verdict.verdict === 'hold' ? { verdict: 'commit' } : verdict;
    },
  },
  'forget the earlier rounds of the day': { judge: (summary, limits) => judge(summary, limits, NONE) },
  'commit an incomplete scan': {
    judge: (summary, ...rest) => judge({ ...summary, complete: true, problem: null }, ...rest),
  },
  'compare in a single pass': { looks: 'single pass' },
  'treat moved rows as drift': { classify: (row) => classify({ ...row, moved: false }) },
  'treat open intents as drift': { classify: (row) => classify({ ...row, hasIntent: false }) },
  'do not let the poll catch up': { habits: { waitsForPoll: false } },
  'drop whatever is looked at': { classify: (row) => classify({ ...row, moved: true }) },
  'compare ranges by XOR only': {
    compareRanges: (ranges, ours, theirs) => ranges.filter((_, index) => ours[index]?.xor !== theirs[index]?.xor),
  },
  'approve any digest': {
    nextStep: (round, event, random) =>
      nextStep(round, event.kind === 'approved' ? { ...event, digest: round.digest ?? '' } : event, random),
  },
  'take a stale commit for done': {
    nextStep: (round, event, random) =>
      nextStep(
        round,
        event.kind === 'committed' ? { kind: 'committed', result: { outcome: 'committed', rows: 0 } } : event,
        random,
      ),
  },
  'believe the commit': {
    nextStep: (round, event, random) => nextStep({ ...round, changed: 0, missing: 0 }, event, random),
  },
};

describe('the rules of a round', () => {
  for (const [promise, check] of Object.entries(PROMISES))
    test(promise, async () => {
      expect(await check(RULES)).toBeNull();
    });

  for (const [name, change] of Object.entries(MUTANTS))
    test(`catches the mutant: ${name}`, async () => {
      const rules = { ...RULES, ...change };
      const broken: string[] = [];
      for (const [promise, check] of Object.entries(PROMISES)) if ((await check(rules)) !== null) broken.push(promise);
      expect(broken).not.toEqual([]);
    });
});

async function simulate(rules: Rules): Promise<{ wrong: number; missed: number }> {
  let wrong = 0;
  let missed = 0;
  for (const seed of [1, 2, 3]) {
    const world = new DriftSimulation(seededRandom(seed));
    const found = await findDrift(world, rules);
    wrong += found.filter((id) => !world.planted.has(id)).length;
    missed += [...world.planted].filter((id) => !found.includes(id)).length;
  }
  return { wrong, missed };
}

async function findDrift(world: DriftSimulation, rules: Rules): Promise<string[]> {
  const candidates = world.findCandidates();
  if (rules.looks === 'single pass') return candidates;
  const found = await confirmCandidates(candidates, world.reader(rules.habits), {
    clock: world,
    classify: (row: Comparison) => rules.classify(row),
  });
  return found.filter((difference) => difference.kind !== 'undecided').map((difference) => difference.externalId);
}
