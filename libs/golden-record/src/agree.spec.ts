import { describe, expect, test } from '@jest/globals';
import { agree } from './agree.js';
import { TAKE_OVER_LAWS, type TakeOverSubject } from './agree-simulation.js';

const shipped: TakeOverSubject = { agree, goOnFrom: (_inBackup, published) => published };

describe('contributions brought to what golden published', () => {
  test.each(TAKE_OVER_LAWS)('$name', ({ check }) => {
    check(shipped);
  });
});

const MUTANTS: readonly { readonly mutant: string; readonly subject: TakeOverSubject; readonly caughtBy: string }[] = [
  {
    mutant: 'the rule is off: golden goes on from its backup',
    subject: { agree: (known) => [...known], goOnFrom: (inBackup) => inBackup },
    caughtBy: 'sequences and versions rise',
  },
  {
    mutant: 'the record is taken over, the contributions are not',
    subject: { ...shipped, agree: (known) => [...known] },
    caughtBy: 'what was published',
  },
  {
    mutant: 'contributions are taken over, the record is not',
    subject: { ...shipped, goOnFrom: (inBackup) => inBackup },
    caughtBy: 'sequences and versions rise',
  },
  {
    mutant: 'places stay those of the backup',
    subject: {
      ...shipped,
      agree: (known, published, policy) => {
        const before = new Map(known.map((one) => [`${one.system}/${one.externalId}`, one]));
        return agree(known, published, policy).map((one) => {
          const { epoch, sequence } = before.get(`${one.system}/${one.externalId}`) ?? { epoch: 0, sequence: 0n };
          return { ...one, epoch, sequence: one.accepted === null ? sequence : sequence - 1n };
        });
      },
    },
    caughtBy: 'bring again',
  },
  {
    mutant: 'what was rejected is not remembered',
    subject: {
      ...shipped,
      agree: (known, published, policy) => agree(known, published, policy).map((one) => ({ ...one, rejected: {} })),
    },
    caughtBy: 'a rejected value',
  },
  {
    mutant: 'the policy is not asked who would win',
    subject: { ...shipped, agree: (known, published) => agree(known, published, null) },
    caughtBy: 'what was published',
  },
];

describe('planted mutants of taking over', () => {
  test.each(MUTANTS)('$mutant: caught', ({ subject, caughtBy }) => {
    const law = TAKE_OVER_LAWS.find(({ name }) => name.includes(caughtBy));
    expect(law).toBeDefined();
    expect(() => law?.check(subject)).toThrow('Property failed');
  });
});
