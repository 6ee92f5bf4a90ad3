import { describe, expect, test } from '@jest/globals';
import { planRevert } from './revert-plan.js';
import { REVERT_PROPERTIES, type RevertSubject } from './revert-properties.js';

const MUTANTS: readonly { readonly mutant: string; readonly subject: RevertSubject; readonly caughtBy: string }[] = [
  {
    mutant: 'what changed since is overwritten',
    subject: (versions, selected, policy) => {
      const since = versions.filter(({ version }) => version > ([...selected][0] ?? 0n)).map(({ version }) => version);
      return planRevert(versions, new Set([...selected, ...since]), policy);
    },
    caughtBy: 'outside the selection',
  },
  {
    mutant: 'it goes back to before the last selected change only',
    subject: (versions, selected, policy) => planRevert(versions, new Set([...selected].slice(-1)), policy),
    caughtBy: 'before the first',
  },
  {
    mutant: 'it goes back to the very first version',
    subject: (versions, selected, policy) => {
      const plan = planRevert(versions, selected, policy);
      const first = versions[0]?.fields ?? {};
      return { ...plan, changes: plan.changes.map((one) => ({ ...one, before: first[one.field] ?? one.before })) };
    },
    caughtBy: 'before the first',
  },
  {
    mutant: 'what is skipped is not told',
    subject: (...args) => ({ ...planRevert(...args), skipped: [] }),
    caughtBy: 'goes back, is listed',
  },
  {
    mutant: 'only one field of a record goes back',
    subject: (...args) => {
      const plan = planRevert(...args);
      return { ...plan, changes: plan.changes.slice(0, 1) };
    },
    caughtBy: 'all of it',
  },
  {
    mutant: 'a field that is as it was already goes back again',
    subject: (versions, selected, policy) => {
      const plan = planRevert(versions, selected, policy);
      const [first, last] = [versions[0]?.fields['a'], versions.at(-1)?.fields['a']];
      const again = first !== undefined && first === last ? [{ field: 'a', now: first, before: first }] : [];
      return { ...plan, changes: [...plan.changes, ...again] };
    },
    caughtBy: 'nothing left',
  },
];

describe('laws of a revert', () => {
  test.each(REVERT_PROPERTIES)('$name', ({ check }) => check(planRevert));
});

describe('planted mutants of a revert', () => {
  test.each(MUTANTS)('$mutant: caught', ({ subject, caughtBy }) => {
    const law = REVERT_PROPERTIES.find(({ name }) => name.includes(caughtBy));
    expect(law).toBeDefined();
    expect(() => law?.check(subject, true)).toThrow('Property failed');
  });
});
