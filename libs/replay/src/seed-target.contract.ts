import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { GoldenEvent } from '#contracts';
import type { BusinessKey, CanonicalFields, Instant, RecordStatus, SystemId } from '#kernel';
import type { CheckableTarget, SeedMessage, SeedPage, SeedTarget } from './ports.js';
import { seedRowDigest, toSeedRow, type SeedRow } from './seed-row.js';

/** An absent target for the entity `product` under test. */
export interface SeedTargetFixture {
  readonly target: SeedTarget & CheckableTarget;
  /** True for one that keeps every event: how many are newer it does not know, and who reads it counts. */
  readonly isLog?: boolean;
  /** Text of the shape it was opened with; default everything. */
  readonly shape?: string;
  close(): Promise<void>;
}

const TOPIC = 'golden.product.v1';
const ORIGIN = { system: 'erp' as SystemId, at: null, rule: 'owner' };
const FIELDS: CanonicalFields = {
  name: { de: 'Schraube „M8“; ~10 %', en: "O'Screw\\\n" },
  brand: 'é 木 \u{1f529}',
  weight: '0.0125',
  active: true,
  description: null,
};

/** The row of a product; only its fields, status and numbers matter. */
function aRow(key: string, sequence: bigint, status: RecordStatus = 'live', fields = FIELDS): SeedRow {
  const event: GoldenEvent = {
    ...{ entity: 'product', key: key as BusinessKey, version: sequence, sequence, status, policyVersion: 1 },
    ...{ changedAt: '2026-11-23T04:05:06.123456Z' as Instant, merged: [], fields },
    origins: Object.fromEntries(Object.keys(fields).map((name) => [name, ORIGIN])),
  };
  return toSeedRow(event);
}

function aPage(fromOffset: bigint, rows: readonly (SeedRow | string)[]): SeedPage {
  const messages = rows.map((row, index): SeedMessage => {
    const offset = fromOffset + BigInt(index);
    return typeof row === 'string' ? { offset, key: row as BusinessKey, row: null } : { offset, key: row.key, row };
  });
  return { partition: 0, fromOffset, nextOffset: fromOffset + BigInt(rows.length), messages, unreadable: [] };
}

/** What every {@link SeedTarget} must do; `makeTarget` gives one in which nothing was prepared. */
export function testSeedTarget(makeTarget: () => Promise<SeedTargetFixture>): void {
  describe('seed target', () => {
    let fixture: SeedTargetFixture;
    let target: SeedTargetFixture['target'];
    const prepare = (): Promise<void> => target.prepare(TOPIC, new Map([[0, 0n]]));
    /** Keys whose row differs from what the topic would say. */
    const differences = (rows: readonly SeedRow[], moved: readonly string[] = []): Promise<unknown> =>
      target.withSnapshot(async (session) => {
        const records = rows.map((row) => ({
          ...{ key: row.key, partition: 0, sequence: row.sequence, isLive: row.status === 'live' },
          digest: seedRowDigest('product', row),
        }));
        await session.addSource([], records);
        await session.addMoved(moved.map((key) => key as BusinessKey));
        const { source, target: side, keys, undecided } = await session.compare(10);
        return { keys, undecided, isEqual: source.digest === side.digest && source.records === side.records };
      });
    const equal = { keys: [], undecided: 0, isEqual: true };

    beforeEach(async () => {
      fixture = await makeTarget();
      target = fixture.target;
    });
    afterEach(() => fixture.close());

    test('is absent until it is prepared, and preparing again changes nothing', async () => {
      expect(await target.find()).toEqual({ kind: 'absent' });
      await prepare();
      await target.apply(aPage(0n, [aRow('a', 1n)]), 9n);
      await prepare();
      const positions = new Map([[0, { nextOffset: 1n, state: 'seeding' }]]);
      expect(await target.find()).toEqual({
        kind: 'seed',
        topic: TOPIC,
        shape: fixture.shape ?? '',
        positions,
        liveRows: fixture.isLog ? null : 1,
      });
    });

    test('keeps the highest sequence of a key, within a page and over pages', async () => {
      await prepare();
      expect((await target.apply(aPage(0n, [aRow('a', 2n), aRow('b', 1n), aRow('a', 1n)]), 9n)).rows).toBe(2);
      const { rows } = await target.apply(aPage(3n, [aRow('a', 2n), aRow('b', 2n)]), 9n);
      expect(rows).toBe(fixture.isLog ? 2 : 1);
      expect(await differences([aRow('a', 2n), aRow('b', 2n)])).toEqual(equal);
    });

    test('skips what lies below its position, so that a page may come twice or late', async () => {
      await prepare();
      await target.apply(aPage(0n, [aRow('a', 1n), 'a']), 9n);
      const again = await target.apply(aPage(0n, [aRow('a', 1n)]), 1n);
      expect(again).toEqual({ rows: 0, position: { nextOffset: 2n, state: 'seeding' } });
      expect(await differences([])).toEqual(equal);
    });

    test('refuses a page that begins beyond its position', async () => {
      await prepare();
      await expect(target.apply(aPage(1n, [aRow('a', 1n)]), 9n)).rejects.toMatchObject({
        code: 'HUB_INVARIANT_BROKEN',
      });
      expect(await differences([])).toEqual(equal);
    });

    test('is live from the page that reaches the end, and stays so', async () => {
      await prepare();
      expect((await target.apply(aPage(0n, [aRow('a', 1n)]), 2n)).position.state).toBe('seeding');
      expect((await target.apply(aPage(1n, [aRow('b', 1n)]), 2n)).position.state).toBe('live');
      expect((await target.apply(aPage(2n, []), 9n)).position).toEqual({ nextOffset: 2n, state: 'live' });
    });

    test('does not become live by pages of another seeder, which may have been read after the end was stale', async () => {
      await prepare();
      await target.apply(aPage(0n, [aRow('a', 1n)]), 9n);
      const late = await target.apply(aPage(0n, [aRow('a', 1n), aRow('b', 1n)]), 2n);
      expect(late).toEqual({ rows: 1, position: { nextOffset: 2n, state: 'seeding' } });
    });

    test('keeps the sequence of a deleted record and nothing else; an older event does not bring it back', async () => {
      await prepare();
      await target.apply(aPage(0n, [aRow('a', 1n), aRow('a', 3n, 'deleted')]), 9n);
      expect((await target.apply(aPage(2n, [aRow('a', 2n)]), 9n)).rows).toBe(fixture.isLog ? 1 : 0);
      expect(await target.find()).toMatchObject({ liveRows: fixture.isLog ? null : 0 });
      expect(await differences([aRow('a', 3n, 'deleted', {})])).toEqual(equal);
    });

    test('takes given rows, as often as they come, until its position has moved; they move nothing', async () => {
      await prepare();
      const given = { ...aPage(0n, []), given: [aRow('a', 3n), aRow('new', 0n)] };
      const first = await target.apply(given, 0n);
      expect(first).toEqual({ rows: 2, position: { nextOffset: 0n, state: 'seeding' } });
      expect((await target.apply(given, 0n)).rows).toBe(fixture.isLog ? 2 : 0);
      await target.apply(aPage(0n, ['a', aRow('new', 1n)]), 9n);
      expect(await target.apply(given, 9n)).toEqual({ rows: 0, position: { nextOffset: 2n, state: 'seeding' } });
      expect(await differences([aRow('new', 1n)])).toEqual(equal);
    });

    test('an erased key leaves no row, and may be written again after it', async () => {
      await prepare();
      await target.apply(aPage(0n, [aRow('a', 5n), 'a', aRow('b', 1n), 'b', aRow('b', 1n)]), 9n);
      expect(await differences([aRow('b', 1n)])).toEqual(equal);
    });

    test('a comparison names missing, extra and different keys in byte order, and sets moved ones apart', async () => {
      await prepare();
      await target.apply(aPage(0n, [aRow('B', 1n), aRow('a', 1n), aRow('m', 1n), aRow('é', 1n)]), 9n);
      const topic = [
        aRow('a', 1n, 'live', { ...FIELDS, weight: '0.012501' }),
        aRow('z', 1n),
        aRow('m', 2n),
        aRow('é', 1n),
      ];
      expect(await differences(topic, ['m', 'new'])).toEqual({
        keys: [
          { key: 'B', difference: 'extra' },
          { key: 'a', difference: 'different' },
          { key: 'z', difference: 'missing' },
        ],
        undecided: 1,
        isEqual: false,
      });
    });
  });
}
