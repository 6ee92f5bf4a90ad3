import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StoreDrift, TrendReport } from '#contracts';
import { loadHubFile } from '#config';
import { schemaName } from '#hub-file';
import { instantOfMs, silentLogger, systemClock } from '#kernel';
import { Database, PostgresTrendStore } from '#store-postgres';
import { eventually } from '#testing';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HubReading } from '../../apps/admin/hub-reader.js';
import { BUCKET_MS, FINE_MS, firstFineSlot, KEPT_MS, KEPT_OF_BUCKET, SLOT_MS } from '../../apps/admin/thin-trend.js';
import { TrendKeeper } from '../../apps/admin/trend-keeper.js';
import { createDatabase, unique, type ScratchDatabase } from '../harness/servers.js';
import { productHubFile } from './product-hub.js';
import { SignedInAdmin } from './signed-in-admin.js';

const HOUR_MS = 3_600_000;
/** A measurement a minute, for 26 hours until a minute ago. */
const STEP_MS = 60_000;
const LAST_MS = Date.now() - STEP_MS;
const FIRST_MS = LAST_MS - 26 * HOUR_MS;
/** More waited for a minute, once, in the middle of the night. */
const PEAK_MS = FIRST_MS + 12 * HOUR_MS + 7 * STEP_MS;
/** From here on nothing gets thinned while this test runs: the page's server measures, and thins, by the clock. */
const FINE_FROM_MS = LAST_MS - FINE_MS + BUCKET_MS;
const hubFile = productHubFile(`${unique('trend').replace('_', '-')}.`);

let scratch: ScratchDatabase;
let database: Database;
beforeAll(async () => {
  scratch = await createDatabase('admin_trend');
});
const admin = new SignedInAdmin(hubFile, () => scratch.url);
afterAll(async () => {
  await database?.close();
  await scratch.drop();
});

/** Rows to write then. */
function dueAt(ms: number): number {
  return Math.floor((ms - FIRST_MS) / HOUR_MS);
}

/** Without the times at the border of the fine hour, which the page's server may thin at any moment. */
function lasting(times: readonly number[]): number[] {
  const thinnedMs = firstFineSlot(LAST_MS) * SLOT_MS;
  return times.filter((time) => time < thinnedMs || time > FINE_FROM_MS);
}

/** What services would have answered then: one row to write more every hour. */
function readingAt(ms: number): HubReading {
  const entities = [{ entity: 'product', due: dueAt(ms), caughtUpAt: null }];
  const status = { system: 'erp', outboxRows: ms === PEAK_MS ? 900 : 1, entities };
  const systems = [{ id: 'erp', connector: 'sql', wishedMode: 'write', entities: ['product'], status }];
  return { at: instantOfMs(ms), systems, golden: null } as unknown as HubReading;
}

const drift = [
  { system: 'erp', entity: 'product', open: [], unlisted: 0, confirmed: { equal: 9, keys: 10 } },
] as unknown as StoreDrift[];

function keeper(): TrendKeeper {
  const store = new PostgresTrendStore(database);
  return new TrendKeeper({ store, drift: async () => drift, clock: systemClock, logger: silentLogger });
}

/** What was measured before this test began: the page's server goes on measuring. */
async function read(hours: number): Promise<{ readonly times: number[]; readonly of: (name: string) => unknown[] }> {
  const { status, body } = await admin.get(`trend?hours=${hours}`);
  expect(status).toBe(200);
  const { times, series } = body as unknown as TrendReport;
  const count = times.filter((time) => time <= LAST_MS).length;
  const of = (name: string): unknown[] =>
    (series.find(({ measure }) => measure === name)?.values ?? []).slice(0, count);
  return { times: times.slice(0, count), of };
}

describe('how the hub was', () => {
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'admin-trend-'));
    writeFileSync(join(folder, 'hub.yaml'), hubFile);
    const file = loadHubFile(join(folder, 'hub.yaml'), { unsetVariables: 'keep' });
    rmSync(folder, { recursive: true });
    const names = { schema: schemaName(file, 'admin'), applicationName: 'admin-trend-test' };
    database = await Database.connect({ url: scratch.url, ...names }, []);
    const replicas = [keeper(), keeper()];
    for (let ms = FIRST_MS; ms <= LAST_MS; ms += STEP_MS)
      for (const replica of replicas) await replica.note(readingAt(ms));
  }, 120_000);

  test('is kept for a day in bounded rows, whichever replica measured: the last hour whole, older peaks', async () => {
    const [counted] = await database.query<{ rows: number; bytes: number }>(
      "SELECT count(*)::int AS rows, pg_total_relation_size('trend_point')::int AS bytes FROM trend_point",
    );
    const fineRows = (FINE_MS + 2 * BUCKET_MS) / SLOT_MS;
    const bound = (KEPT_MS / BUCKET_MS + 1) * KEPT_OF_BUCKET + fineRows;
    process.stdout.write(`trend: ${counted?.rows} rows (at most ${bound}), ${counted?.bytes} bytes, after 26 hours\n`);
    expect(counted?.rows).toBeLessThan(bound);
    const { times, of } = await read(24);
    expect(times[0]).toBeGreaterThan(LAST_MS - KEPT_MS - 2 * BUCKET_MS);
    expect(times[0]).toBeLessThan(LAST_MS - KEPT_MS + 2 * BUCKET_MS);
    expect(times.filter((time) => time > FINE_FROM_MS)).toHaveLength((LAST_MS - FINE_FROM_MS) / STEP_MS);
    const old = times.filter((time) => time <= LAST_MS - FINE_MS - BUCKET_MS);
    expect(old.length).toBeLessThan((2 * 23 * HOUR_MS) / BUCKET_MS);
    expect(of('waiting')[times.indexOf(PEAK_MS)]).toBe(900);
    expect(of('waiting').filter((events) => events === 900)).toHaveLength(1);
    expect(of('due')).toEqual(times.map(dueAt));
    expect(of('confirmedEqual')).toEqual(times.map(() => 0.9));
  });

  test('is there after a restart of the server, which goes on with it', async () => {
    const before = await read(6);
    expect(before.times.length).toBeGreaterThan(100);
    await admin.stop();
    await admin.start();
    const after = await read(6);
    expect(lasting(after.times)).toEqual(lasting(before.times));
    expect(after.of('due')).toEqual(after.times.map(dueAt));
    expect(before.of('due')).toEqual(before.times.map(dueAt));
    await eventually(
      async () => {
        const { times } = (await admin.get('trend?hours=1')).body as unknown as TrendReport;
        expect(times.at(-1)).toBeGreaterThan(LAST_MS);
      },
      { timeoutMs: 30_000, intervalMs: 500 },
    );
  }, 60_000);

  test('refuses what it does not know', async () => {
    for (const query of ['hours=0', 'hours=25', 'hours=x', 'system=']) {
      const { status, body } = await admin.get(`trend?${query}`);
      expect([query, status, body['code']]).toEqual([query, 400, 'HUB_REQUEST_INVALID']);
    }
    expect(await admin.get('trend?system=erq')).toMatchObject({ status: 404, body: { code: 'HUB_NOT_FOUND' } });
    expect((await admin.get('trend?system=erp')).status).toBe(200);
  });
});
