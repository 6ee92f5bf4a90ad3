import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { axisText, linear, nearest, niceTicks, timeTicks, toPath, valueTicks, type ChartUnit } from './chart-scale.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('the ticks of an axis', () => {
  test('are round', () => {
    expect(niceTicks(0, 9, 1)).toEqual([0, 3, 6, 9]);
    expect(niceTicks(0, 2, 1)).toEqual([0, 1, 2]);
    expect(niceTicks(0, 1_029, 1)).toEqual([0, 500, 1_000, 1_500]);
    expect(niceTicks(0.97, 1, 0.0005)).toEqual([0.97, 0.98, 0.99, 1]);
  });

  test('hold every value between the first and the last, in equal steps, three to seven of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (most) => {
        const ticks = niceTicks(0, most, 1);
        const steps = ticks.slice(1).map((tick, index) => tick - (ticks[index] ?? 0));
        expect(ticks[0]).toBe(0);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
        expect(new Set(steps).size).toBe(1);
        expect(ticks.every(Number.isInteger)).toBe(true);
        expect(ticks.length).toBeGreaterThanOrEqual(3);
        expect(ticks.length).toBeLessThanOrEqual(7);
      }),
    );
  });

  test('of times are round, and lie between both ends', () => {
    const at = Date.parse('2026-11-26T08:07:30Z');
    const texts = timeTicks(at - HOUR, at, 6).map((ms) => new Date(ms).toISOString().slice(11, 16));
    expect(texts).toEqual(['07:10', '07:20', '07:30', '07:40', '07:50', '08:00']);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 24 }),
        fc.integer({ min: 2, max: 8 }),
        fc.nat(1e12),
        (hours, most, from) => {
          const ticks = timeTicks(from, from + hours * HOUR, most);
          expect(ticks.length).toBeLessThanOrEqual(most + 1);
          expect(ticks.every((tick) => tick >= from && tick <= from + hours * HOUR)).toBe(true);
        },
      ),
    );
  });

  test('hold whatever was measured, and are written without rounding it away', () => {
    const units: readonly ChartUnit[] = ['records', 'events', 'duration'];
    fc.assert(
      fc.property(fc.constantFrom(...units), fc.array(fc.nat(2e9), { maxLength: 5 }), (unit, values) => {
        const ticks = valueTicks(unit, values);
        const { text } = axisText(unit, ticks);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(Math.max(0, ...values));
        expect(new Set(ticks.map(text)).size).toBe(ticks.length);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }), (shares) => {
        const ticks = valueTicks('share', shares);
        expect(ticks[0]).toBeLessThanOrEqual(Math.min(1, ...shares));
        expect(ticks.at(-1)).toBe(1);
        expect(new Set(ticks.map(axisText('share', ticks).text)).size).toBe(ticks.length);
      }),
    );
  });

  test('of durations have the unit that reads best', () => {
    const labelOf = (ms: number): string => axisText('duration', valueTicks('duration', [ms])).label;
    expect([500, 90_000, 10 * MINUTE, 5 * HOUR, 60 * HOUR].map(labelOf)).toEqual([
      ...['seconds', 'seconds', 'minutes', 'hours', 'days'],
    ]);
  });
});

describe('a line', () => {
  const x = linear([0, 100], [0, 100]);
  const y = linear([0, 10], [10, 0]);

  test('breaks where nothing was measured, and leaves a dot of what stands alone', () => {
    const times = [0, 10, 20, 30, 90];
    expect(toPath({ times, values: [1, 2, null, 4, 5], gapMs: 20 }, x, y)).toBe(
      'M0.0 9.0h0L10.0 8.0M30.0 6.0h0M90.0 5.0h0',
    );
    expect(toPath({ times, values: [], gapMs: 20 }, x, y)).toBe('');
  });

  test('has every value that was measured once, and nothing else', () => {
    const values = fc.array(fc.option(fc.nat(10), { nil: null }), { maxLength: 30 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 5 }), (measured, gapMs) => {
        const path = toPath({ times: measured.map((_, index) => index * 3), values: measured, gapMs }, x, y);
        const drawn = [...path.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, at]) => 10 - Number(at));
        expect(drawn).toEqual(measured.filter((value) => value !== null));
      }),
    );
  });

  test('in a range without length lies in the middle', () => {
    expect(linear([5, 5], [0, 100]).at(5)).toBe(50);
  });
});

test('the nearest time is the nearest', () => {
  expect(nearest([], 5)).toBe(-1);
  const times = fc.uniqueArray(fc.nat(1_000), { minLength: 1, maxLength: 20 }).map((all) => all.sort((a, b) => a - b));
  fc.assert(
    fc.property(times, fc.nat(1_200), (all, wanted) => {
      const distance = Math.abs((all[nearest(all, wanted)] ?? Number.NaN) - wanted);
      expect(distance).toBe(Math.min(...all.map((time) => Math.abs(time - wanted))));
    }),
  );
});
