import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordsAnswer, RoundReport, TimelineEntry, TimelineReport } from '#contracts';
import { schemaName } from '#hub-file';
import { eventually } from '#testing';
import { HubUnderTest, PATIENCE } from './hub-under-test.js';
import { addPriceTables, PRICED_SYSTEMS } from './priced-systems.js';

const KEY = 'A-1|standard|EUR||';

/** Each step of the changed price names its cause, its fields and its times. */
function expectStory(told: readonly TimelineEntry[]): void {
  const [, first, , changed, second, written] = told as [
    ...[TimelineEntry, TimelineEntry, TimelineEntry, TimelineEntry, TimelineEntry, TimelineEntry],
  ];
  expect(first.changes).toEqual({ amount: { after: '9.9' } });
  for (const entry of [changed, second]) expect(entry.changes).toEqual({ amount: { before: '9.9', after: '8.5' } });
  expect([second.causedBy, written.causedBy]).toEqual([changed.eventId, second.eventId]);
  expect(Date.parse(written.answeredAt ?? '')).toBeGreaterThanOrEqual(Date.parse(written.at));
  expect(changed.batch).not.toBeNull();
  for (const entry of [changed, second]) expect(entry.latencyMs).toBeGreaterThanOrEqual(0);
}

describe('the index and the timeline of a hub', () => {
  let hub: HubUnderTest;
  const search = (query: Readonly<Record<string, string>>): Promise<RecordsAnswer> =>
    hub.test.hub.processes.call('indexer', `/records?${new URLSearchParams(query).toString()}`);
  const timeline = (): Promise<TimelineReport> =>
    hub.test.hub.processes.call('indexer', `/timeline/price/${encodeURIComponent(KEY)}`);
  const shopPrice = async (): Promise<string | undefined> =>
    (await hub.sql<{ amount: string }>(`SELECT amount::text FROM shop.price WHERE sku = 'A-1'`))[0]?.amount;
  const untilIndexed = (): Promise<void> =>
    eventually(async () => expect((await search({ fresh: 'true', limit: '1' })).lag).toBe(0), PATIENCE);

  beforeAll(async () => {
    hub = await HubUnderTest.start({ processes: 'each', systems: PRICED_SYSTEMS, prepare: addPriceTables });
    await hub.test.hub.setMode('shop', 'write');
    await hub.test.hub.processes.start('indexer');
  });
  afterAll(() => hub.drop());

  test('a changed price is one list: change, event, version, write, with old and new values and the time that each took', async () => {
    await hub.sql(`INSERT INTO erp.price (article_no, amount) VALUES ('A-1', 9.90)`);
    await eventually(async () => expect(await shopPrice()).toBe('9.90'), PATIENCE);
    await hub.untilRead('erp');
    await hub.sql(`UPDATE erp.price SET amount = 8.50 WHERE article_no = 'A-1'`);
    await eventually(async () => expect(await shopPrice()).toBe('8.50'), PATIENCE);
    await hub.untilRead('shop');
    await untilIndexed();
    await eventually(async () => {
      const { entries, silent, lag } = await timeline();
      expect([silent, lag]).toEqual([[], 0]);
      const told = entries.filter(({ system, kind }) => kind !== 'answer' && !(system === 'shop' && kind === 'change'));
      expect(told.map(({ system, kind, what }) => `${system} ${kind} ${what}`)).toEqual([
        'erp change live',
        'golden version version 1',
        'shop write version 1: create applied',
        'erp change live',
        'golden version version 2',
        'shop write version 2: update applied',
      ]);
      expectStory(told);
    }, PATIENCE);
  });

  test('a round that found no difference of it stands in the list', async () => {
    const round = async (): Promise<string> => {
      const [started] = await hub.test.hub.processes.call<RoundReport[]>('reconciler', '/rounds', {
        ...{ system: 'shop', entity: 'price' },
      });
      return started?.id ?? '';
    };
    const told = async (id: string): Promise<readonly string[]> =>
      (await timeline()).entries.flatMap(({ round: of, kind, system, what }) =>
        of === id && kind !== 'change' ? [`${system} ${kind} ${what}`] : [],
      );
    const equal = await round();
    await eventually(
      async () => expect(await told(equal)).toEqual(['shop check no difference of it among 1 records']),
      PATIENCE,
    );
  });

  test('the command line searches and tells the same', async () => {
    const { processes, databaseUrl } = hub.test.hub;
    const run = async (...args: readonly string[]): Promise<string> => {
      const cli = join(import.meta.dirname, '../../dist/apps/cli/main.js');
      const environment = { ...processes.options.environment, PLUMBLINE_TOKEN: processes.options.token };
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [cli, '--file', processes.options.hubFile, ...args],
        {
          env: { ...process.env, ...environment, DATABASE_URL: databaseUrl },
        },
      );
      return stdout;
    };
    const found = await run('search', KEY);
    for (const part of ['erp.price.changed.v1', 'golden.price.v1', 'golden.price.history.v1', 'Complete'])
      expect(found).toContain(part);
    expect(await run('timeline', 'price', KEY)).toContain('amount: 9.9 → 8.5');
  });

  test('killed again and again while it reads, the index ends with each record once', async () => {
    const { processes, file } = hub.test.hub;
    await processes.stop('indexer');
    await hub.sql(`INSERT INTO erp.price (article_no, amount) SELECT 'B-' || i, i FROM generate_series(1, 3000) AS i`);
    await hub.untilRead('erp');
    for (let kill = 1; kill <= 2; kill += 1) {
      await processes.start('indexer');
      const before = (await search({ limit: '1' })).offsets
        .map(({ indexedTo }) => BigInt(indexedTo))
        .reduce((a, b) => a + b, 0n);
      await eventually(
        async () => {
          const { offsets, lag } = await search({ limit: '1' });
          const now = offsets.map(({ indexedTo }) => BigInt(indexedTo)).reduce((a, b) => a + b, 0n);
          if (now === before && lag > 0) throw new Error('nothing was indexed yet');
        },
        { ...PATIENCE, intervalMs: 5 },
      );
      await processes.stop('indexer', 'SIGKILL');
    }
    await processes.start('indexer');
    await untilIndexed();
    const { offsets } = await search({ fresh: 'true', limit: '1' });
    const [counted] = (
      await hub.database.query<{ count: number; places: number }>(
        `SELECT count(*)::int AS count, count(DISTINCT (source, "offset"))::int AS places
         FROM "${schemaName(file, 'indexer')}".indexed_record`,
      )
    ).rows;
    const ends = Number(offsets.map(({ end }) => BigInt(end)).reduce((a, b) => a + b, 0n));
    expect(ends).toBeGreaterThan(9_000);
    expect(counted).toEqual({ count: ends, places: ends });
  });
});
