import type { Entity } from '#contracts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InMemorySide } from './digest-sides.js';
import { chooseRangeCount, planScan, rangesBetween, type RangePlan } from './range-plan.js';
import { FakeClock } from './round-builders.js';
import { firstPlan, scanByDigests, type RangePlanStore } from './scan-by-digests.js';
import { nextStatementSize } from './statement-size.js';

const ids = Array.from({ length: 1_200 }, (_, index) => `P-${String(index).padStart(5, '0')}`);

class InMemoryPlans implements RangePlanStore {
  constructor(public plan: RangePlan | null = null) {}

  async findPlan(): Promise<RangePlan | null> {
    return this.plan;
  }

  async savePlan(_entity: Entity, plan: RangePlan): Promise<void> {
    this.plan = plan;
  }
}

/** A mirror of all ids and a system in which these differ; `cuts` counts how often new ranges were cut. */
function scanOf(plans: RangePlanStore, changed: readonly string[], digestVersion = 'v1') {
  const theirs = new Map(ids.map((id) => [id, changed.includes(id) ? '00000000000000ff' : '0000000000000001']));
  const ours = new Map(ids.map((id) => [id, '0000000000000001']));
  const seen = { cuts: 0 };
  const scan = scanByDigests({
    entity: 'product',
    plans,
    digestVersion,
    rows: ids.length,
    findBoundaries: async (rowsPerRange) => {
      seen.cuts += 1;
      return ids.filter((_, index) => (index + 1) % rowsPerRange === 0);
    },
    ours: new InMemorySide(ours),
    theirs: new InMemorySide(theirs),
    clock: new FakeClock(),
  });
  return { scan, seen };
}

describe('a scan by digests', () => {
  test('cuts ranges once, and keeps them with the drift that it found', async () => {
    const plans = new InMemoryPlans();
    const first = scanOf(plans, ['P-00007', 'P-01199']);
    expect(await first.scan).toMatchObject({ candidates: ['P-00007', 'P-01199'], scanned: 1_200 });
    expect(plans.plan).toMatchObject({ digestVersion: 'v1', drift: 2, largestRange: 30 });
    const second = scanOf(plans, ['P-00036']);
    expect(await second.scan).toMatchObject({ candidates: ['P-00036'] });
    expect([first.seen.cuts, second.seen.cuts, plans.plan?.drift]).toEqual([1, 0, 1]);
  });

  test('takes digests of another version for no drift: the records have to be read', async () => {
    const plans = new InMemoryPlans();
    await scanOf(plans, []).scan;
    const kept = plans.plan;
    const { scan } = scanOf(plans, ids, 'v2');
    expect(await scan).toBe('rescan');
    expect(plans.plan).toBe(kept);
    plans.plan = firstPlan('v2', 3);
    expect(await scanOf(plans, ['P-00001'], 'v2').scan).toMatchObject({ candidates: ['P-00001'] });
    expect(plans.plan).toMatchObject({ digestVersion: 'v2', drift: 1 });
  });

  test('cuts anew when the ids grew at one end, when there are many more, and when drift asks for it', () => {
    const boundaries = ids.filter((_, index) => index % 36 === 35);
    const kept = { digestVersion: 'v1', boundaries, drift: 100, largestRange: 36 };
    const now = { digestVersion: 'v1', rows: 1_200 };
    expect(planScan(kept, now)).toEqual({ kind: 'keep', ranges: rangesBetween(boundaries) });
    expect(planScan({ ...kept, largestRange: 600 }, now).kind).toBe('cut');
    expect(planScan(kept, { ...now, rows: 9_000 }).kind).toBe('cut');
    expect(planScan(kept, { ...now, rows: 10 }).kind).toBe('cut');
    expect(planScan(null, now)).toEqual({ kind: 'cut', rowsPerRange: 30 });
  });

  test('has between thirty and sixty records a range, the fewer the more drift there was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 10_000_000 }), fc.nat(1_000_000), fc.nat(1_000_000), (rows, a, b) => {
        const [fewer, more] = [Math.min(a, b), Math.max(a, b)].map((drift) => chooseRangeCount(rows, drift));
        expect(rows / (fewer ?? 0)).toBeLessThanOrEqual(60);
        expect(rows / (more ?? 0)).toBeGreaterThanOrEqual(30);
        expect(more).toBeGreaterThanOrEqual(fewer ?? Number.NaN);
      }),
    );
  });
});

test('a statement grows at most twofold, shrinks at once, and aims at its time', () => {
  const sizes = { targetMs: 500, first: 512, smallest: 1, largest: 8_192 };
  expect(nextStatementSize(512, 10, sizes)).toBe(1_024);
  expect(nextStatementSize(512, 400, sizes)).toBe(640);
  expect(nextStatementSize(512, 5_000, sizes)).toBe(51);
  expect(nextStatementSize(8_192, 1, sizes)).toBe(8_192);
  expect(nextStatementSize(1, 60_000, sizes)).toBe(1);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8_192 }), fc.nat(100_000), (size, elapsedMs) => {
      const next = nextStatementSize(size, elapsedMs, sizes);
      expect(next).toBeGreaterThanOrEqual(1);
      expect(next).toBeLessThanOrEqual(Math.min(2 * size, 8_192));
    }),
  );
});
