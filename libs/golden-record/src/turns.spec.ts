import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { instantOfMs, type BusinessKey, type SystemId } from '#kernel';
import type { GoldenRecord } from './golden.js';
import { describeTurn, findTurn, turnFields } from './turns.js';

const [ERP, SHOP, HUB] = ['erp', 'shop', 'hub'] as SystemId[] as [SystemId, SystemId, SystemId];
const HOUR_MS = 3_600_000;

interface Word {
  readonly by: SystemId;
  readonly value: string;
  readonly atMs: number;
}

function versions(words: readonly Word[]): GoldenRecord[] {
  return words.map(({ by, value, atMs }, index) => ({
    key: 'A-1' as BusinessKey,
    version: BigInt(index + 1),
    sequence: BigInt(index + 1),
    status: 'live',
    policyVersion: 1,
    changedAt: instantOfMs(atMs),
    fields: { name: value },
    cause: { system: by, batch: null, place: null },
  }));
}

function turnOf(words: readonly Word[]): ReturnType<typeof findTurn> {
  const all = versions(words);
  const after = all.at(-1);
  if (!after) throw new Error('no word');
  return findTurn(all.slice(0, -1), after, after.cause?.system ?? ERP, ['name']);
}

const hourly = (...words: readonly [SystemId, string][]): Word[] =>
  words.map(([by, value], hour) => ({ by, value, atMs: hour * HOUR_MS }));

describe('findTurn', () => {
  test('finds the second time that a system puts a field back', () => {
    expect(turnOf(hourly([ERP, 'a'], [SHOP, 'b'], [ERP, 'a'], [SHOP, 'b']))).toEqual({ field: 'name', other: ERP });
    expect(turnOf(hourly([ERP, 'a'], [SHOP, 'b'], [ERP, 'a']))).toBeNull();
    expect(turnOf(hourly([ERP, 'a'], [SHOP, 'b'], [ERP, 'a'], [SHOP, 'c']))).toBeNull();
    expect(turnOf(hourly([ERP, 'x'], [SHOP, 'b'], [ERP, 'a'], [SHOP, 'b']))).toBeNull();
    expect(turnOf(hourly([SHOP, 'a'], [SHOP, 'b'], [SHOP, 'a'], [SHOP, 'b']))).toBeNull();
    expect(turnOf(hourly([ERP, 'a'], [SHOP, 'b'], [HUB, 'a'], [SHOP, 'b']))).toBeNull();
  });

  test('a version of another field between the turns changes nothing', () => {
    expect(turnOf(hourly([ERP, 'a'], [SHOP, 'b'], [SHOP, 'b'], [ERP, 'a'], [SHOP, 'a'], [SHOP, 'b']))).not.toBeNull();
  });

  test('lets go what is a day old', () => {
    const words = hourly([ERP, 'a'], [SHOP, 'b'], [ERP, 'a'], [SHOP, 'b']);
    const at = (atMs: number): Word[] => [...words.slice(0, -1), { by: SHOP, value: 'b', atMs }];
    expect(turnOf(at(25 * HOUR_MS - 1))).not.toBeNull();
    expect(turnOf(at(25 * HOUR_MS))).toBeNull();
  });

  test('is found iff the last four words of the field are a, b, a, b and two systems said the last three in turn', () => {
    const word = fc.record({ by: fc.constantFrom(ERP, SHOP), value: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(fc.array(word, { minLength: 4, maxLength: 9 }), (said) => {
        const words = said.map((one, hour) => ({ ...one, atMs: hour * HOUR_MS }));
        const runs = words.filter(({ value }, index) => index === 0 || words[index - 1]?.value !== value);
        const last = runs.slice(-4);
        const isBackAndForth = last.length === 4 && new Set(last.map(({ value }) => value)).size === 2;
        const speakers = last.slice(1).map(({ by }) => by);
        const isMutual = new Set(speakers).size === 2 && speakers[0] === speakers[2];
        const isSpoken = runs.at(-1) === words.at(-1);
        expect(turnOf(words) !== null).toBe(isBackAndForth && isMutual && isSpoken);
      }),
      { numRuns: 2_000 },
    );
  });
});

test('turnFields leaves out what is owned, ends at a time, or goes up and down by itself', () => {
  const rule = { kind: 'last-writer-wins', systems: [ERP, SHOP] } as const;
  const owner = { kind: 'owner', system: ERP } as const;
  const policy = { version: 1, create: [ERP], delete: [ERP] };
  const fields = { amount: owner, taxIncluded: rule, validTo: rule };
  expect(turnFields('price', { ...policy, fields })).toEqual(['taxIncluded']);
  expect(turnFields('stock-level', { ...policy, fields: { onHand: rule } })).toEqual([]);
});

test('describeTurn names both writers and says what to do', () => {
  expect(describeTurn(2, SHOP, { field: 'name', other: ERP })).toBe(
    '2 records are put back and forth by shop and erp within a day, lately at name: end one of the two writers, then decide whose value stays.',
  );
});
