import { observe, planWrite, settle, type MirrorRow, type Reading } from '#mirror';
import type { SCENARIOS } from './mirror-scenarios.js';
import type { Rules } from './mirror-state.js';

/** A protocol with one rule removed, and the world in which that shows. */
export interface Mutant {
  readonly without: string;
  readonly rules: Partial<Rules>;
  readonly scenario: keyof typeof SCENARIOS;
  /** Part of the reason that the exploration must give. */
  readonly breaks: RegExp;
}

/** Every rule of the two arrows, removed. */
export const MUTANTS: readonly Mutant[] = [
  {
    without: 'the read ticket: pages of moved rows count',
    rules: { heedsTicket: false },
    scenario: 'lastEtags',
    breaks: /stale|echo|wrong/,
  },
  {
    without: 'the snapshot: a ticket is a number, and a mover that commits late has drawn an older one',
    rules: { ticketIsSnapshot: false },
    scenario: 'longReread',
    breaks: /stale|wrong/,
  },
  {
    without: 'the intent committed before the write',
    rules: { commitsIntentFirst: false },
    scenario: 'owned',
    breaks: /echo/,
  },
  {
    without: 'the intent that recognises the own write',
    rules: { observe: (row, reading, traits) => observe({ ...row, intent: blind(row) }, reading, traits) },
    scenario: 'owned',
    breaks: /echo/,
  },
  {
    without: "the end of that recognition once a newer version than the intent's was read",
    rules: { observe: (row, reading, traits) => observe(asNeverNewer(row), reading, traits) },
    scenario: 'touch',
    breaks: /overwritten|never published|last edit/,
  },
  {
    without: 'a first observation that is not authorship',
    rules: { observe: firstSightAuthors },
    scenario: 'firstSight',
    breaks: /no user put there/,
  },
  {
    without: 'the precondition of a write',
    rules: { writesConditionally: false },
    scenario: 'owned',
    breaks: /overwritten/,
  },
  {
    without: 'observing first what a conflict shows',
    rules: { settle: conflictIsJustNoted },
    scenario: 'twoFields',
    breaks: /overwritten|never published/,
  },
  {
    without: 'waiting until golden has merged what the system authored',
    rules: { planWrite: (row, ...rest) => planWrite(asMerged(row), ...rest) },
    scenario: 'owned',
    breaks: /before golden merged/,
  },
  {
    without: 'the lease that keeps re-reader and writer apart',
    rules: { leasesRereads: false, rereadsOnlyUnmoved: false },
    scenario: 'lastEtags',
    breaks: /stale|echo|no user put there/,
  },
  {
    without: 'throwing away a second read whose lease went to someone else',
    rules: { rereadsOnlyUnmoved: false },
    scenario: 'lastEtags',
    breaks: /stale|echo|wrong|overwritten/,
  },
  {
    without: 'throwing away an answer after whose intent somebody else moved the row',
    rules: { settlesOnlyUnmoved: false },
    scenario: 'lastEtags',
    breaks: /stale|echo|wrong|overwritten|never published/,
  },
  {
    without: 'the lease between poller and writer of one process',
    rules: { heedsLease: false },
    scenario: 'rounding',
    breaks: /echo/,
  },
  {
    without: 'remembering, after a second read, one that was asked for meanwhile',
    rules: { keepsNewRereads: false },
    scenario: 'owned',
    breaks: /wrong|never published/,
  },
  {
    without: 'remembering, after a write, a second read that was asked for meanwhile',
    rules: { writerKeepsRereads: false },
    scenario: 'owned',
    breaks: /wrong|never published/,
  },
  {
    without: 'the landing time: an intent of unknown outcome is closed by the next read',
    rules: { landingMs: 0, heedsDeadline: false },
    scenario: 'owned',
    breaks: /second write|echo/,
  },
  {
    without: 'the deadline after which a write is not sent any more',
    rules: { heedsDeadline: false },
    scenario: 'owned',
    breaks: /echo|second write/,
  },
  {
    without: 'the stored form',
    rules: { settle: (...given) => forgetForms(settle(...given)) },
    scenario: 'rounding',
    breaks: /parked|for ever/,
  },
  {
    without: 'absent apart from null',
    rules: { observe: absentIsNull },
    scenario: 'absent',
    breaks: /never held/,
  },
  {
    without: 'keeping what was last read of an absent field',
    rules: { observe: absentIsForgotten },
    scenario: 'absent',
    breaks: /no user put there/,
  },
  {
    without: 'recognising the own write in the form in which it is known to be stored',
    rules: { observe: formsAreUnknown },
    scenario: 'rounding',
    breaks: /echo/,
  },
  {
    without: 'a reading that changes nothing, yet shows that an answer is older',
    rules: { observe: sameIsNoMove },
    scenario: 'existence',
    breaks: /wrong/,
  },
  {
    without: 'counting as undone only what is known to have landed',
    rules: { planWrite: everyPlanCounts },
    scenario: 'twoFaults',
    breaks: /parked/,
  },
  {
    without: 'the look-up by key after a create of unknown outcome',
    rules: { looksUpByKey: false },
    scenario: 'noUniqueKey',
    breaks: /created twice|echo/,
  },
];

/** An open intent that shows nothing and is recognised in nothing. */
function blind({ intent }: MirrorRow): MirrorRow['intent'] {
  return intent && { ...intent, operation: 'update', fields: {} };
}

/** As if no version had been read since the intent was opened. */
function asNeverNewer(row: MirrorRow): MirrorRow {
  const { intent, observation } = row;
  return intent && observation?.status === 'live'
    ? { ...row, intent: { ...intent, expectedVersion: observation.version } }
    : row;
}

function firstSightAuthors(...[row, reading, traits]: Parameters<Rules['observe']>): ReturnType<Rules['observe']> {
  const observed = observe(row, reading, traits);
  const { contribution } = observed.row;
  if (row.observation !== null || !contribution) return observed;
  const fields = { ...contribution.fields };
  for (const [name, field] of Object.entries(fields)) fields[name] = { ...field, at: reading.changedAt };
  return { ...observed, row: { ...observed.row, contribution: { ...contribution, fields } } };
}

/** The next write expects the version that the conflict showed, but nobody told golden what it found. */
function conflictIsJustNoted(...given: Parameters<Rules['settle']>): ReturnType<Rules['settle']> {
  const [row, answer] = given;
  if (answer.kind !== 'conflict') return settle(...given);
  const { version, status, fields, digest } = answer.current;
  return { kind: 'noted', row: { ...row, intent: null, observation: { version, status, fields, digest } } };
}

function asMerged(row: MirrorRow): MirrorRow {
  return row.golden ? { ...row, golden: { ...row.golden, mergedSequence: row.contribution?.sequence ?? 0n } } : row;
}

function forgetForms(settled: ReturnType<Rules['settle']>): ReturnType<Rules['settle']> {
  return { ...settled, row: { ...settled.row, storedForms: {} } };
}

function absentIsNull(...[row, reading, traits]: Parameters<Rules['observe']>): ReturnType<Rules['observe']> {
  const known = Object.keys(row.observation?.fields ?? {});
  const nulls = Object.fromEntries(known.map((name) => [name, null]));
  const filled: Reading = reading.status === 'live' ? { ...reading, fields: { ...nulls, ...reading.fields } } : reading;
  return observe(row, filled, traits);
}

function absentIsForgotten(...[row, reading, traits]: Parameters<Rules['observe']>): ReturnType<Rules['observe']> {
  const observed = observe(row, reading, traits);
  const { observation } = observed.row;
  if (!observation || reading.status === 'deleted') return observed;
  return { ...observed, row: { ...observed.row, observation: { ...observation, fields: reading.fields } } };
}

function formsAreUnknown(...[row, reading, traits]: Parameters<Rules['observe']>): ReturnType<Rules['observe']> {
  const observed = observe({ ...row, storedForms: {} }, reading, traits);
  return { ...observed, row: { ...observed.row, storedForms: row.storedForms } };
}

function sameIsNoMove(...[row, reading, traits]: Parameters<Rules['observe']>): ReturnType<Rules['observe']> {
  const observed = observe(row, reading, traits);
  if (observed.kind !== 'noted' || observed.row.intent === null) return observed;
  const asClosed = observe({ ...row, intent: null }, reading, traits);
  return asClosed.kind === 'unchanged' ? { kind: 'unchanged', row } : observed;
}

function everyPlanCounts(...given: Parameters<Rules['planWrite']>): ReturnType<Rules['planWrite']> {
  const [row] = given;
  const plan = planWrite(...given);
  return plan.kind === 'write' ? { ...plan, row: { ...plan.row, writtenVersion: row.writtenVersion } } : plan;
}
