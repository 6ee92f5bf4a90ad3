import { describe, expect, test } from '@jest/globals';
import type { Instant } from '#kernel';
import fc from 'fast-check';
import { chainEntry } from './audit-chain.js';
import type { AuditEntry, AuditEvent, Checkpoint } from './audit-entry.js';
import { auditKeysOf } from './audit-keys.js';
import { CHAIN_RULES, verifyChain, type ChainRules } from './verify-chain.js';

const keys = auditKeysOf([Buffer.alloc(32, 1), Buffer.alloc(32, 2)]);
const [older] = [auditKeysOf([Buffer.alloc(32, 2)])];
const foreign = auditKeysOf([Buffer.alloc(32, 3)]);
const RUNS = 100;

function eventOf(index: number): AuditEvent {
  const who = { actor: `person ${index % 3}`, kind: 'person', verb: 'approve', resource: 'hold' } as const;
  return { ...who, target: `POST /holds/${index}/approve`, requestId: `r-${index}`, phase: 'asked', outcome: 'asked' };
}

/** Entries behind `before`; the first third of a chain is signed with an older key. */
function chain(
  length: number,
  { before = [] as readonly AuditEntry[], signing = keys.signing, from = 0 } = {},
): AuditEntry[] {
  const entries = [...before];
  for (let index = from; index < from + length; index += 1) {
    const at = `2026-11-26T10:00:00.${String(index).padStart(6, '0')}Z` as Instant;
    const key = signing === keys.signing && index < length / 3 && from === 0 ? older.signing : signing;
    entries.push(chainEntry(eventOf(index), { last: entries.at(-1) ?? null, at, key }));
  }
  return entries;
}

/** What an intruder does to a chain of at least four entries, whose third last entry was published. */
type Tampering =
  'edit' | 'edit and sign' | 'delete inside' | 'swap' | 'cut' | 'cut and append' | 'delete the first' | 'insert';
const TAMPERINGS: readonly Tampering[] = [
  ...([
    'edit',
    'edit and sign',
    'delete inside',
    'swap',
    'cut',
    'cut and append',
    'delete the first',
    'insert',
  ] as const),
];

function tamper(entries: readonly AuditEntry[], how: Tampering, at: number): readonly AuditEntry[] {
  const spot = at % (entries.length - 2);
  const victim = entries[spot] as AuditEntry;
  switch (how) {
    case 'edit':
      return entries.with(spot, { ...victim, actor: 'somebody else' });
    case 'edit and sign': // with a key of the intruder's own
      return entries.with(
        spot,
        chainEntry({ ...victim, actor: 'x' }, { last: entries[spot - 1] ?? null, at: victim.at, key: foreign.signing }),
      );
    case 'delete inside':
      return entries.toSpliced(spot, 1);
    case 'swap':
      return entries.with(spot, entries[spot + 1] as AuditEntry).with(spot + 1, victim);
    case 'cut':
      return entries.slice(0, spot);
    case 'cut and append': // the service itself goes on behind the cut, with the right key
      return chain(entries.length, { before: entries.slice(0, spot), from: 1000 });
    case 'delete the first':
      return entries.slice(1);
    case 'insert':
      return entries.toSpliced(spot, 0, victim);
  }
}

const tampered = fc.record({
  length: fc.integer({ min: 4, max: 30 }),
  how: fc.constantFrom(...TAMPERINGS),
  at: fc.nat(),
});

async function isFound(
  { length, how, at }: { length: number; how: Tampering; at: number },
  rules?: ChainRules,
): Promise<boolean> {
  const entries = chain(length);
  const checkpoints: Checkpoint[] = [entries[0], entries.at(-2)].map((entry) => entry as AuditEntry);
  const report = await verifyChain({ entries: tamper(entries, how, at), checkpoints, keys }, rules);
  return report.problems.length > 0;
}

describe('a chain', () => {
  test('that nobody touched is whole, whatever was published of it, over a change of the key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 40 }), fc.array(fc.nat()), async (length, published) => {
        const entries = chain(length);
        const checkpoints = length === 0 ? [] : published.map((index) => entries[index % length] as AuditEntry);
        const report = await verifyChain({ entries, checkpoints, keys });
        expect(report).toMatchObject({ entries: length, problems: [] });
      }),
      { numRuns: RUNS },
    );
  });

  test.each(TAMPERINGS)('tells that it was tampered with: %s', async (how) => {
    const whole = tampered.map((one) => ({ ...one, how }));
    await fc.assert(
      fc.asyncProperty(whole, async (one) => expect(await isFound(one)).toBe(true)),
      { numRuns: RUNS },
    );
  });

  test('names the place and the kind', async () => {
    const entries = chain(9);
    const problemsOf = async (how: Tampering) =>
      (await verifyChain({ entries: tamper(entries, how, 4), checkpoints: [entries[7] as AuditEntry], keys })).problems;
    expect(await problemsOf('edit')).toEqual([{ seq: 5n, kind: 'edited' }]);
    expect(await problemsOf('delete inside')).toEqual([
      { seq: 6n, kind: 'missing' },
      { seq: 6n, kind: 'unlinked' },
    ]);
    expect(await problemsOf('cut')).toEqual([{ seq: 8n, kind: 'cut' }]);
    expect(await problemsOf('cut and append')).toEqual([{ seq: 8n, kind: 'rewritten' }]);
    expect(await problemsOf('edit and sign')).toContainEqual({ seq: 5n, kind: 'key-unknown' });
  });

  test('a tail behind the last checkpoint can go unseen: why the head is published after every act', async () => {
    const entries = chain(9);
    const report = await verifyChain({ entries: entries.slice(0, 8), checkpoints: [entries[7] as AuditEntry], keys });
    expect(report.problems).toEqual([]);
  });
});

describe('mutants of the verifier', () => {
  const without = (part: 'entry' | 'checkpoint', name: string): ChainRules => {
    const left = Object.fromEntries(Object.entries(CHAIN_RULES[part]).filter(([rule]) => rule !== name));
    return { ...CHAIN_RULES, [part]: left };
  };
  const neverUnlinked: ChainRules = without('entry', 'followsInHash');
  test.each([
    ['isSigned', without('entry', 'isSigned')],
    ['isReached', without('checkpoint', 'isReached')],
    ['isTheSame', without('checkpoint', 'isTheSame')],
  ])('without %s some tampering passes', async (_name, rules) => {
    const check = fc.asyncProperty(tampered, async (one) => isFound(one, rules));
    expect(await fc.check(check, { numRuns: RUNS })).toMatchObject({ failed: true });
  });

  test('numbers and hashes stand for each other: one of the two is enough, none is not', async () => {
    const neither: ChainRules = { ...neverUnlinked, entry: { isSigned: CHAIN_RULES.entry['isSigned'] as never } };
    const check = (rules: ChainRules) =>
      fc.check(
        fc.asyncProperty(tampered, async (one) => isFound(one, rules)),
        { numRuns: RUNS },
      );
    expect(await check(neither)).toMatchObject({ failed: true });
  });

  test('entries of two chains that were joined at a number are told apart only by the hash', async () => {
    const joined = [...chain(4), ...chain(9, { signing: keys.signing, from: 1 }).slice(4)];
    const kinds = async (rules: ChainRules) =>
      (await verifyChain({ entries: joined, checkpoints: [], keys }, rules)).problems;
    expect(await kinds(CHAIN_RULES)).toEqual([{ seq: 5n, kind: 'unlinked' }]);
    expect(await kinds(neverUnlinked)).toEqual([]);
  });
});
