import { describe, expect, test } from '@jest/globals';
import type { FieldMark, FieldOverride } from '#contracts';
import { HUB_SYSTEM, type SystemId } from '#kernel';
import { applyContribution, type Contribution, type Statement } from './contribution.js';
import { chooseSpeakers, merge } from './merge.js';
import { POLICY, type MergeSubject } from './merge-properties.js';
import { OVERRIDE_PROPERTIES } from './override-properties.js';
import { wordsOn } from './override.js';

const shipped: MergeSubject = { apply: applyContribution, merge };

type Bend = (
  mark: FieldMark & { readonly override: FieldOverride },
  field: string,
  all: readonly Contribution[],
) => FieldMark | null;

/** The merge over the hub's marks as a mutant bends them; null takes the hub's word out. */
function bending(bend: Bend): MergeSubject {
  const bent = (all: readonly Contribution[]): Contribution[] =>
    all.map((one) =>
      one.system === HUB_SYSTEM && one.accepted ? { ...one, accepted: bendAll(one.accepted, bend, all) } : one,
    );
  return { ...shipped, merge: (contributions, policy) => merge(bent(contributions), policy) };
}

function bendAll(statement: Statement, bend: Bend, all: readonly Contribution[]): Statement {
  const marks: Record<string, FieldMark> = {};
  for (const [name, mark] of Object.entries(statement.marks)) {
    const next = mark.override ? bend({ ...mark, override: mark.override }, name, all) : mark;
    if (next) marks[name] = next;
  }
  return { ...statement, marks };
}

const others = (all: readonly Contribution[]): Contribution[] => all.filter(({ system }) => system !== HUB_SYSTEM);
const winnerOf = (field: string, all: readonly Contribution[]): SystemId | undefined =>
  merge(others(all), POLICY).origins[field]?.system;

const MUTANTS: readonly { readonly mutant: string; readonly subject: MergeSubject; readonly caughtBy: string }[] = [
  {
    mutant: 'an override never ends',
    subject: bending((mark, field, all) => {
      return { ...mark, override: { ...mark.override, overrules: wordsOn(field, chooseSpeakers(all)) } };
    }),
    caughtBy: 'and stays ended',
  },
  {
    mutant: 'an override ends at anything that its source authors',
    subject: bending((mark, field, all) => {
      const winner = winnerOf(field, all);
      const said = Object.values((winner && chooseSpeakers(all).get(winner)?.accepted.marks) ?? {});
      return said.some(({ at }) => at !== null && mark.at !== null && at > mark.at) ? null : mark;
    }),
    caughtBy: 'outlives',
  },
  {
    mutant: 'an override ranks below its sources',
    subject: bending((mark, field, all) => (winnerOf(field, all) === undefined ? mark : null)),
    caughtBy: 'stands above',
  },
  {
    mutant: 'an override is lost when the contributions are applied again',
    subject: {
      ...shipped,
      apply: (current, event) => {
        const marks = Object.entries(event.marks).map(([name, { at, unread }]) => [name, { at, unread }] as const);
        return applyContribution(current, { ...event, marks: Object.fromEntries(marks) });
      },
    },
    caughtBy: 'stands above',
  },
  {
    mutant: 'an override comes back when its source returns to the old value',
    subject: bending((mark, field, all) => {
      const now = wordsOn(field, chooseSpeakers(all));
      const overrules = mark.override.overrules.map((word) => {
        const same = now.find(({ system, value }) => system === word.system && value === word.value);
        return same ?? word;
      });
      return { ...mark, override: { ...mark.override, overrules } };
    }),
    caughtBy: 'and stays ended',
  },
  {
    mutant: 'an override ends when anybody authors the field, be it a loser',
    subject: bending((mark, field, all) => {
      const known = new Map(mark.override.overrules.map((word) => [word.system, word]));
      const isMoved = wordsOn(field, chooseSpeakers(all)).some(
        ({ system, value }) => known.get(system)?.value !== value,
      );
      return isMoved ? null : mark;
    }),
    caughtBy: 'exactly while',
  },
  {
    mutant: 'what comes after an override ends it',
    subject: {
      ...shipped,
      merge: (contributions, policy) => {
        const last = contributions.at(-1);
        return merge(last?.system === HUB_SYSTEM ? contributions : others(contributions), policy);
      },
    },
    caughtBy: 'any order',
  },
  {
    mutant: 'the hub creates and deletes',
    subject: { ...shipped, merge: (all, policy) => merge(all, { ...policy, create: [...policy.create, HUB_SYSTEM] }) },
    caughtBy: 'creates and deletes nothing',
  },
];

describe('laws of an override', () => {
  test.each(OVERRIDE_PROPERTIES)('$name', ({ check }) => check(shipped));
});

describe('planted mutants of an override', () => {
  test.each(MUTANTS)('$mutant: caught', ({ subject, caughtBy }) => {
    const law = OVERRIDE_PROPERTIES.find(({ name }) => name.includes(caughtBy));
    expect(law).toBeDefined();
    expect(() => law?.check(subject, true)).toThrow('Property failed');
  });
});
