import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RoundReport } from '#contracts';
import type { ServiceName } from '#hub-runner';
import { eventually } from '#testing';
import { HubUnderTest } from './hub-under-test.js';

/** Leases of a round and of a job end in half a minute each, and a write may land for some seconds more. */
const RECOVERY = { timeoutMs: 200_000, intervalMs: 200 };

const planted = (name: string): Record<string, string> => ({ PLUMBLINE_PLANTED: name });
const failpoint = (name: string): Record<string, string> => ({ PLUMBLINE_FAILPOINT: name });
const DEATHS: readonly (readonly [string, ServiceName, Record<string, string>])[] = [
  ['the scan is set aside, and nobody was told', 'connector-shop', planted('die-after-scan')],
  ['the scan was told, and not recorded', 'reconciler', planted('die-before-scanned')],
  ['the differences are committed, and nobody was told', 'connector-shop', planted('die-after-commit')],
  ['the commit was told, and not recorded', 'reconciler', planted('die-before-committed')],
  ['the intent is there, and nothing was sent', 'connector-shop', failpoint('writer:intents-committed')],
  ['the repair is written, and its answer not stored', 'connector-shop', failpoint('writer:answered')],
];

/** P9 of the reconciler, with real processes: each step of a round is the last thing that a process did. */
describe('P9 crash: whatever dies in a round, it goes on, and nothing is repaired twice', () => {
  let hub: HubUnderTest;

  beforeAll(async () => {
    hub = await HubUnderTest.start({ processes: 'each', planted: [] });
    await hub.fillShop(20);
    await hub.untilRead('shop');
  });
  afterAll(() => hub.drop());

  test.each(DEATHS)('%s (%s)', async (_, service, more) => {
    const { processes } = hub.test.hub;
    const sku = `A-${DEATHS.findIndex(([name]) => name === _) + 1}`;
    const brandOf = async (): Promise<unknown> =>
      (await hub.sql<{ brand: string }>('SELECT brand FROM shop.product WHERE sku = $1', [sku]))[0]?.brand;
    const before = await brandOf();
    await processes.stop(service);
    await processes.start(service, more);
    await hub.silently(`UPDATE shop.product SET brand = 'by hand' WHERE sku = $1`, [sku]);
    const start = (): Promise<RoundReport[]> => processes.call('reconciler', '/rounds', { system: 'shop' });
    const [started] = await eventually(start, RECOVERY);
    await eventually(() => expect(processes.isAlive(service)).toBe(false), RECOVERY);
    expect(processes.wasKilled(service)).toBe(true);
    await processes.start(service);
    await eventually(async () => {
      const round = await processes.call<RoundReport>('reconciler', `/rounds/${started?.id}`);
      expect(round).toMatchObject({ state: 'verified', changed: 1, fixed: 1, unfixed: 0 });
      expect(round.endedAt).not.toBeNull();
    }, RECOVERY);
    expect(await brandOf()).toBe(before);
    const writes = await hub.sql(`SELECT op FROM shop.audit WHERE role = $1 AND old ->> 'sku' = $2`, [
      hub.test.stores.roleOf('shop'),
      sku,
    ]);
    expect(writes).toEqual([{ op: 'UPDATE' }]);
  });
});
