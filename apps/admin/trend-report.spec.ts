import { describe, expect, test } from '@jest/globals';
import { RequestAccess, type RoleTable } from '#auth';
import type { StoreDrift, TrendPoint, TrendSeries } from '#contracts';
import type { Instant } from '#kernel';
import type { HubReading } from './hub-reader.js';
import { toTrendPoint } from './trend.js';
import { toTrendReport } from './trend-report.js';

const AT = '2026-11-26T10:00:00.000000Z' as Instant;
const NOW_MS = Date.parse(AT) + 1_000;

const roles: RoleTable = {
  all: [{ permission: '*:*' }],
  prices: [{ permission: '*:*', scope: { entities: ['price'] } }],
  shop: [{ permission: '*:*', scope: { systems: ['shop'] } }],
};
const access = (role: string): RequestAccess =>
  new RequestAccess({
    principal: { subject: 'ann', name: 'Ann', kind: 'person', roles: [role] },
    ...{ permission: 'status:read', roles, requestId: 'r' },
  });

/** What services answered: the ERP's connector nothing, and its prices were never scanned. */
const reading = {
  at: AT,
  systems: [
    { id: 'erp', entities: ['price'], status: null },
    {
      ...{ id: 'shop', entities: ['price', 'product'] },
      status: {
        ...{ system: 'shop', outboxRows: 4 },
        entities: [
          { entity: 'price', due: 2, caughtUpAt: '2026-11-26T09:59:30.000000Z' },
          { entity: 'product', due: 3, caughtUpAt: null },
        ],
      },
    },
  ],
  golden: { outboxRows: 7 },
} as unknown as HubReading;
const drift = [
  { system: 'erp', entity: 'price', open: [], unlisted: 0, confirmed: null },
  {
    ...{ system: 'shop', entity: 'price', unlisted: 5, confirmed: { equal: 90, keys: 100 } },
    open: [
      { kind: 'changed', outcome: 'held', count: 2, oldestAt: '2026-11-26T08:00:00.000000Z' },
      { kind: 'changed', outcome: 'unfixed', count: 1, oldestAt: '2026-11-26T09:00:00.000000Z' },
      { kind: 'foreign', outcome: 'found', count: 4, oldestAt: '2026-11-20T00:00:00.000000Z' },
    ],
  },
  { system: 'shop', entity: 'product', open: [], unlisted: 0, confirmed: { equal: 300, keys: 300 } },
] as unknown as StoreDrift[];

const report = (points: readonly TrendPoint[], role: string, system: string | null = null) =>
  toTrendReport(points, { hours: 1, system, nowMs: NOW_MS }, access(role));
const named = (series: readonly TrendSeries[]): Record<string, unknown> =>
  Object.fromEntries(
    series.map(({ measure, of, kind, values }) => [[measure, of, kind ?? ''].join(' ').trim(), values]),
  );

describe('how the hub was', () => {
  const point = toTrendPoint(reading, drift);

  test('is told by system; a service that did not answer tells nothing, not zero', () => {
    const { series, times, since } = report([point], 'all');
    expect(named(series)).toEqual({
      ...{ 'waiting shop': [4], 'waiting golden': [7] },
      ...{ 'due shop': [5], 'behindMs shop': [30_000] },
      ...{ 'openDrift shop': [12], 'oldestDriftMs shop': [2 * 3_600_000], 'confirmedEqual shop': [390 / 400] },
    });
    expect(times).toEqual([Date.parse(AT)]);
    expect(since).toBe('2026-11-26T09:00:01.000000Z');
  });

  test('of one system has its drift by class', () => {
    const { series } = report([point], 'all', 'shop');
    expect(named(series)).toMatchObject({
      ...{ 'openDrift shop changed': [3], 'openDrift shop missing': [0], 'openDrift shop foreign': [4] },
      ...{ 'openDrift shop unlisted': [5] },
    });
    expect(Object.keys(named(series)).filter((name) => /erp|golden|openDrift shop$/.test(name))).toEqual([]);
  });

  test('has a hole where the reconciler or a connector did not answer', () => {
    const silent = toTrendPoint(
      { ...reading, systems: reading.systems.map((one) => ({ ...one, status: null })) },
      null,
    );
    const found = named(report([point, silent, point], 'all').series);
    expect(found['openDrift shop']).toEqual([12, null, 12]);
    expect(found['due shop']).toEqual([5, null, 5]);
    expect(found['waiting golden']).toEqual([7, 7, 7]);
  });

  test('is cut to what the roles reach, sums too', () => {
    expect(named(report([point], 'prices').series)).toEqual({
      ...{ 'waiting shop': [4], 'due shop': [2], 'behindMs shop': [30_000] },
      ...{ 'openDrift shop': [12], 'oldestDriftMs shop': [2 * 3_600_000], 'confirmedEqual shop': [0.9] },
    });
    const ofShop = Object.keys(named(report([point], 'shop').series));
    expect(ofShop.filter((name) => !name.includes('shop'))).toEqual([]);
    expect(ofShop).toContain('due shop');
  });
});
