import { expect, test } from '@jest/globals';
import type { ScanReport } from '#contracts';
import type { Instant, SystemId } from '#kernel';
import { describeScan, renderScans } from './scans.view.js';

const SCAN: ScanReport = {
  ...{ system: 'shop' as SystemId, entity: 'product', by: 'pages', records: 1_000_000, pageSize: 1_000 },
  ...{ pages: 1_000, callsPerSecond: 2, minutes: 1_000 / 120, progress: null },
};
const PROGRESS = {
  ...{ roundId: 'r1', pages: 431, scanned: 431_000, resumedAt: null, restarted: null, isRead: false },
  ...{ minutesLeft: 4.7, beganAt: '2026-11-23T04:00:00.000000Z' as Instant },
};

test('the cost says records, pages, calls and time at the rate allowed', () => {
  expect(renderScans([SCAN])).toMatch(/shop +product +every record +1,000,000 +1,000 +1,000 +2 +about 9 min/);
  expect(renderScans([{ ...SCAN, callsPerSecond: null, minutes: null }])).toMatch(/no limit known +not known/);
  expect(renderScans([{ ...SCAN, by: 'digests' }])).toMatch(/digests +1,000,000 +–/);
});

test('progress says how much is left, and whether the scan went on or began anew', () => {
  expect(describeScan(1_000, PROGRESS)).toBe('page 431 of about 1,000, about 5 min left');
  expect(describeScan(1_000, { ...PROGRESS, resumedAt: 200, minutesLeft: 200 })).toBe(
    'page 431 of about 1,000, about 3.3 h left, went on at page 200',
  );
  expect(describeScan(1_000, { ...PROGRESS, restarted: 'The mapping changed.' })).toMatch(/begun anew: The mapping/);
  expect(describeScan(1_000, { ...PROGRESS, isRead: true })).toMatch(/^all 431 pages are read/);
});
