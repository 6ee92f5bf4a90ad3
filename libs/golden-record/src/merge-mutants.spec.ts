import { describe, expect, test } from '@jest/globals';
import type { FieldRule, SurvivorshipPolicy } from '#hub-file';
import type { CanonicalValue, Instant, SystemId } from '#kernel';
import { applyContribution, type Contribution, type Statement } from './contribution.js';
import { merge } from './merge.js';
import { MERGE_PROPERTIES, type MergeSubject } from './merge-properties.js';

const NAMES = ['price', 'name', 'note'];
const shipped: MergeSubject = { apply: applyContribution, merge };

/** The merge over statements that a mutant bends first. */
function bending(bend: (statement: Statement, contribution: Contribution) => Statement): MergeSubject {
  const bent = (contribution: Contribution): Contribution => ({
    ...contribution,
    accepted: contribution.accepted && bend(contribution.accepted, contribution),
  });
  return { ...shipped, merge: (contributions, policy) => merge(contributions.map(bent), policy) };
}

/** The merge under a policy that a mutant bends first; it sees the contributions in the order of arrival. */
function ruling(bend: (policy: SurvivorshipPolicy, arrived: readonly SystemId[]) => SurvivorshipPolicy): MergeSubject {
  const arrival = (contributions: readonly Contribution[]): SystemId[] => [
    ...new Set(contributions.map(({ system }) => system)),
  ];
  return { ...shipped, merge: (contributions, policy) => merge(contributions, bend(policy, arrival(contributions))) };
}

function withRules(policy: SurvivorshipPolicy, bend: (rule: FieldRule) => FieldRule): SurvivorshipPolicy {
  const fields = Object.entries(policy.fields).map(([name, rule]) => [name, bend(rule)] as const);
  return { ...policy, fields: Object.fromEntries(fields) };
}

const everyTime = (statement: Statement, change: (at: Instant | null) => Instant | null): Statement => ({
  ...statement,
  marks: Object.fromEntries(
    Object.entries(statement.marks).map(([name, mark]) => [name, { ...mark, at: change(mark.at) }]),
  ),
});
const onlyFields = (statement: Statement, keep: (value: CanonicalValue) => boolean): Statement => ({
  ...statement,
  fields: Object.fromEntries(Object.entries(statement.fields).filter(([, value]) => keep(value))),
});
const all: readonly SystemId[] = ['a', 'b', 'c'] as unknown as readonly SystemId[];

const MUTANTS: readonly { readonly mutant: string; readonly subject: MergeSubject; readonly caughtBy: string }[] = [
  {
    mutant: 'ties of last-writer-wins go by arrival',
    subject: ruling((policy, arrived) =>
      withRules(policy, (rule) => (rule.kind === 'last-writer-wins' ? { ...rule, systems: arrived } : rule)),
    ),
    caughtBy: 'any order',
  },
  {
    mutant: 'a null time wins over every time',
    subject: bending((statement) => everyTime(statement, (at) => at ?? ('9999' as Instant))),
    caughtBy: 'last writer',
  },
  {
    mutant: 'the earliest writer wins',
    subject: bending((statement) =>
      everyTime(
        statement,
        (at) =>
          at && ([...at].map((digit) => (digit > '0' && digit < '9' ? 9 - Number(digit) : digit)).join('') as Instant),
      ),
    ),
    caughtBy: 'last writer',
  },
  {
    mutant: 'the owner is ignored',
    subject: ruling((policy) =>
      withRules(policy, (rule) => (rule.kind === 'owner' ? { kind: 'last-writer-wins', systems: all } : rule)),
    ),
    caughtBy: 'owned field',
  },
  {
    mutant: 'absent is taken for null',
    subject: bending((statement) => ({
      ...statement,
      fields: { ...Object.fromEntries(NAMES.map((name) => [name, null])), ...statement.fields },
    })),
    caughtBy: 'priority',
  },
  {
    mutant: 'null is taken for absent',
    subject: bending((statement) => onlyFields(statement, (value) => value !== null)),
    caughtBy: 'priority',
  },
  {
    mutant: 'a delete withdraws the fields of its system',
    subject: bending((statement) => onlyFields(statement, () => statement.status === 'live')),
    caughtBy: 'withdraws no field',
  },
  {
    mutant: 'the delete of anyone ends the record',
    subject: ruling((policy) => ({ ...policy, delete: all })),
    caughtBy: 'it lives',
  },
  {
    mutant: 'anyone may create',
    subject: ruling((policy) => ({ ...policy, create: all })),
    caughtBy: 'it lives',
  },
  {
    mutant: 'of several external ids the last to arrive speaks',
    subject: {
      ...shipped,
      merge: (contributions, policy) =>
        merge([...new Map(contributions.map((one) => [one.system, one])).values()], policy),
    },
    caughtBy: 'any order',
  },
  {
    mutant: 'whatever comes last is applied',
    subject: { ...shipped, apply: (_current, event) => applyContribution(null, event) },
    caughtBy: 'lower sequence',
  },
  {
    mutant: 'an equal sequence is applied again',
    subject: {
      ...shipped,
      apply: (current, event) => applyContribution(current && { ...current, sequence: current.sequence - 1n }, event),
    },
    caughtBy: 'seen again',
  },
  {
    mutant: 'epochs are ignored',
    subject: {
      ...shipped,
      apply: (current, event) => applyContribution(current && { ...current, epoch: event.epoch }, event),
    },
    caughtBy: 'lower sequence',
  },
];

describe('planted mutants of the merge', () => {
  test.each(MUTANTS)('$mutant: caught', ({ subject, caughtBy }) => {
    const law = MERGE_PROPERTIES.find(({ name }) => name.includes(caughtBy));
    expect(law).toBeDefined();
    expect(() => law?.check(subject, true)).toThrow('Property failed');
  });
});
