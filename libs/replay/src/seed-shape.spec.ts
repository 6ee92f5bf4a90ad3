import { describe, expect, test } from '@jest/globals';
import type { GoldenEvent } from '#contracts';
import type { BusinessKey, Instant, RecordStatus } from '#kernel';
import fc from 'fast-check';
import { InMemorySeedTarget } from './in-memory-seed-target.js';
import type { SeedMessage } from './ports.js';
import { toSeedEvent, toSeedRow, type SeedRow } from './seed-row.js';
import { compileShape, describeShape, shapeText, WHOLE, type SeedShape, type SeedView } from './seed-shape.js';

const ACME: SeedShape = {
  ...WHOLE,
  where: [{ on: 'field', name: 'brand', test: 'equals', value: 'Acme' }],
  fields: ['brand', 'weight'],
};
const acme = compileShape('product', ACME);

function anEvent(key: string, sequence: bigint, brand: string | null, status: RecordStatus = 'live'): GoldenEvent {
  const origin = { system: 'pim' as never, at: null, rule: 'owner' };
  return {
    ...{ entity: 'product', key: key as BusinessKey, version: sequence, sequence, status, policyVersion: 1 },
    ...{ changedAt: `2026-11-23T04:05:06.${String(sequence).padStart(6, '0')}Z` as Instant, merged: [] },
    ...{ fields: { brand, name: { de: 'Schraube' } }, origins: { brand: origin, name: origin } },
  };
}

/** What happens to a key: it gets a brand, or is deleted. */
const change = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  brand: fc.constantFrom('Acme', 'Bolt', null),
  isDeleted: fc.boolean(),
  /** Whether an older event of the key comes once more behind it. */
  isRepeated: fc.boolean(),
});
type Change = ReturnType<typeof change.generate>['value'];
const histories = fc.record({
  changes: fc.array(change, { maxLength: 40 }),
  pageSize: fc.integer({ min: 1, max: 7 }),
});

function toMessages(changes: readonly Change[]): readonly GoldenEvent[] {
  const events: GoldenEvent[] = [];
  const sequences = new Map<string, bigint>();
  for (const { key, brand, isDeleted, isRepeated } of changes) {
    const sequence = (sequences.get(key) ?? 0n) + 1n;
    sequences.set(key, sequence);
    const first = events.find((event) => event.key === key);
    events.push(anEvent(key, sequence, brand, isDeleted ? 'deleted' : 'live'));
    if (isRepeated && first) events.push(first);
  }
  return events;
}

/** Seeds the events page by page; answers the live rows that the store shows, or should. */
async function seed(
  { changes, pageSize }: { readonly changes: readonly Change[]; readonly pageSize: number },
  toRow: (event: GoldenEvent, view: SeedView) => SeedRow | undefined,
): Promise<{ readonly found: unknown; readonly wanted: unknown }> {
  const target = new InMemorySeedTarget('product', ACME);
  await target.prepare('golden.product.v1', new Map([[0, 0n]]));
  const events = toMessages(changes);
  for (let at = 0; at < events.length; at += pageSize) {
    const page = events.slice(at, at + pageSize);
    const messages = page.flatMap((event, index): SeedMessage[] => {
      const row = toRow(event, acme);
      return row ? [{ offset: BigInt(at + index), key: event.key, row }] : [];
    });
    const nextOffset = BigInt(at + page.length);
    await target.apply({ partition: 0, fromOffset: BigInt(at), nextOffset, messages, unreadable: [] }, 99n);
  }
  const last = new Map<string, GoldenEvent>();
  for (const event of events) if (event.sequence > (last.get(event.key)?.sequence ?? 0n)) last.set(event.key, event);
  const wanted = [...last.values()].filter(({ status, fields }) => status === 'live' && fields['brand'] === 'Acme');
  const live = [...target.rows.values()].filter(({ status }) => status === 'live');
  const shown = (list: readonly { key: string; sequence: bigint }[]): string[] =>
    list.map(({ key, sequence }) => `${key}:${sequence}`).sort();
  return { found: shown(live), wanted: shown(wanted) };
}

const holdsOf = (toRow: (event: GoldenEvent, view: SeedView) => SeedRow | undefined) =>
  fc.asyncProperty(histories, async (history) => {
    const { found, wanted } = await seed(history, toRow);
    expect(found).toEqual(wanted);
  });

describe('a seed with a filter', () => {
  test('shows what is live and wanted at the end, whatever entered and left the filter on the way', async () => {
    await fc.assert(holdsOf(toSeedRow), { numRuns: 300 });
  });

  test.each<readonly [string, (event: GoldenEvent, view: SeedView) => SeedRow | undefined]>([
    [
      'passes over what it does not want',
      (event, view) => {
        const row = toSeedRow(event, view);
        return row.status === 'deleted' && event.status === 'live' ? undefined : row;
      },
    ],
    [
      'forgets the sequence of what left',
      (event, view) => {
        const row = toSeedRow(event, view);
        return row.status === 'deleted' ? { ...row, sequence: 0n } : row;
      },
    ],
  ])('the same property catches one that %s', async (_name, mutant) => {
    expect(await fc.check(holdsOf(mutant), { numRuns: 1_000, seed: 1 })).toMatchObject({ failed: true });
  });
});

describe('the shape of a seed', () => {
  test('leaves only its fields, and of a record that is not wanted none', () => {
    expect(toSeedRow(anEvent('a', 1n, 'Acme'), acme)).toMatchObject({
      status: 'live',
      fields: { brand: 'Acme', weight: null },
    });
    expect(toSeedRow(anEvent('a', 2n, 'Bolt'), acme)).toMatchObject({
      ...{ status: 'deleted', sequence: 2n, fields: { brand: null, weight: null } },
    });
  });

  test('as an event has the origins of its fields only, and is deleted where it is not wanted', () => {
    const wanted = toSeedEvent(toSeedRow(anEvent('a', 1n, 'Acme'), acme));
    expect([Object.keys(wanted.fields), Object.keys(wanted.origins), wanted.status]).toEqual([
      ['brand'],
      ['brand'],
      'live',
    ]);
    const left = toSeedEvent(toSeedRow(anEvent('a', 2n, 'Bolt'), acme));
    expect(left).toMatchObject({ status: 'deleted', fields: {}, origins: {}, sequence: 2n });
  });

  test('looks into texts by language, and at the key', () => {
    const shape = (name: string, value: string): SeedView =>
      compileShape('product', { ...WHOLE, where: [{ on: 'field', name, test: 'matches', value }] });
    const event = anEvent('P-1', 1n, 'Acme');
    expect(toSeedRow(event, shape('name.de', '^Schr')).status).toBe('live');
    expect(toSeedRow(event, shape('name.en', '.')).status).toBe('deleted');
    expect(toSeedRow(event, shape('key', '^P-')).status).toBe('live');
  });

  test('of a time leaves out what happened later', () => {
    const view = compileShape('product', { ...WHOLE, asOf: '2026-11-23T04:05:06.000002Z' as Instant });
    expect([1n, 2n, 3n].map((sequence) => view.hasHappened(anEvent('a', sequence, null)))).toEqual([true, true, false]);
  });

  test.each<readonly [string, SeedShape]>([
    ['a field that the entity does not have', { ...WHOLE, fields: ['brnd'] }],
    [
      'a condition on such a field',
      { ...WHOLE, where: [{ on: 'field', name: 'constructor', test: 'equals', value: 'x' }] },
    ],
    ['a header', { ...WHOLE, where: [{ on: 'header', name: 'key', test: 'equals', value: 'x' }] }],
    ['a pattern that is none', { ...WHOLE, where: [{ on: 'field', name: 'brand', test: 'matches', value: '(' }] }],
  ])('refuses %s', (_name, shape) => {
    expect(() => compileShape('product', shape)).toThrow(expect.objectContaining({ code: 'HUB_REQUEST_INVALID' }));
  });

  test('has one text whatever the order, and none when it is everything', () => {
    const [first, second] = [ACME.where[0], { on: 'field', name: 'key', test: 'matches', value: 'P' } as const];
    const where = first ? [first, second] : [];
    expect(shapeText({ ...ACME, where })).toBe(
      shapeText({ ...ACME, where: [...where].reverse(), fields: ['weight', 'brand'] }),
    );
    expect([shapeText(WHOLE), describeShape(WHOLE)]).toEqual(['', 'everything']);
    expect(describeShape(ACME)).toBe('brand equals Acme; fields brand, weight');
  });
});
