import { describe, expect, test } from '@jest/globals';
import type { Capabilities, ReadCost } from '#connector-sdk';
import { systemClock, type SystemId } from '#kernel';
import { reportScan } from './report-scan.js';

const CAPABILITIES: Capabilities = {
  ...{ changes: 'cursor', deleteEvents: true, precondition: 'none', versionOrder: 'none', searchByKey: true },
  ...{ digest: false, bulkSize: 1, bulkCalls: 1, landingMs: 0 },
};

async function pagesOf(cost: ReadCost, walk: boolean): Promise<number> {
  const context = {
    ...{ system: 'shop' as SystemId, clock: systemClock, settings: { pageSize: 500 } },
    connector: { readCost: () => cost },
  };
  const scans = { findAny: () => Promise.resolve(null) };
  const mirror = { countLive: () => Promise.resolve(2_000) };
  const report = await reportScan(
    context,
    { entity: 'product', capabilities: { ...CAPABILITIES, walk } },
    mirror,
    scans,
  );
  return report.pages;
}

describe('the cost of a scan', () => {
  test.each([
    [null, false, 4],
    [100, false, 20],
    [1_000, false, 4], // no more than is asked for
    [1_000, true, 2], // a walk's page is the system's own
    [null, true, 4],
  ])('pages of %s records, walked: %s, make %s calls', async (pageSize, walk, pages) => {
    expect(await pagesOf({ pageSize, callsPerSecond: null }, walk)).toBe(pages);
  });
});
