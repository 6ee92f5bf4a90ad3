import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { GoldenEvent } from '#contracts';
import type { BusinessKey, Instant, SystemId } from '#kernel';
import pg from 'pg';
import { createDatabase, type ScratchDatabase } from '../harness/servers.js';
import { SeedUnderTest, type CommandOutcome } from './seed-under-test.js';

const RECORDS = 6_000;
const versions = new Map<string, bigint>();
let place: SeedUnderTest;
let target: ScratchDatabase;
let client: pg.Client;

/** The next version of a product; every seventh is a delete. */
function nextEvent(number: number): GoldenEvent {
  const key = `P-${number} ü`;
  const version = (versions.get(key) ?? 0n) + 1n;
  versions.set(key, version);
  const origin = { system: 'erp' as SystemId, at: null, rule: 'owner' };
  const fields = { name: { de: `Schraube ${number}`, en: `Screw ${version}` }, weight: `${number}.25`, active: true };
  return {
    ...{ entity: 'product', key: key as BusinessKey, version, sequence: version, policyVersion: 1, merged: [] },
    ...{ changedAt: '2026-11-23T04:05:06.123456Z' as Instant, status: version % 7n === 0n ? 'deleted' : 'live' },
    ...{ fields, origins: { name: origin, weight: origin, active: origin } },
  };
}

/** Records that the topic shows as live by now. */
const live = (): number => [...versions.values()].filter((version) => version % 7n !== 0n).length;
const publish = (numbers: readonly number[]): Promise<void> => place.publish(numbers.map(nextEvent));
const range = (count: number, step = 1): number[] => Array.from({ length: count }, (_, index) => index * step);

/** Runs one command line of `seed` into the target. */
const run = (...args: readonly string[]): Promise<CommandOutcome> => place.run(...args, '--to', target.url);

beforeAll(async () => {
  place = await SeedUnderTest.open();
  target = await createDatabase('seed_target');
  client = new pg.Client({ connectionString: target.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await target.drop();
  await place.close();
});

test('a seed that is torn in the middle ends exact while writes go on, and a check names a tampered row', async () => {
  await publish(range(RECORDS));
  await publish(range(RECORDS / 10, 10));

  const plan = await run('product', '--plan');
  expect(plan).toMatchObject({ code: 0, result: { plan: { refusal: null, isResumed: false, messages: '6600' } } });
  await expect(client.query('SELECT 1 FROM product')).rejects.toThrow('does not exist');

  const done = new AbortController();
  const tearing = tearSessions(done.signal);
  const writing = write(20);
  const seeded = await run('product', '--yes', '--no-certificate', '--table', 'public.product');
  done.abort();
  await Promise.all([tearing, writing]);
  expect(seeded).toMatchObject({ code: 0, result: { isLive: true, unreadable: 0 } });
  expect(seeded.lines).toContain('seed interrupted, going on');

  const caughtUp = await run('product', '--yes', '--no-certificate');
  expect(caughtUp).toMatchObject({ code: 0, result: { isResumed: true, records: live() } });
  const check = await run('check', 'product');
  expect(check).toMatchObject({
    code: 0,
    result: { isEqual: true, undecided: 0, source: { records: RECORDS, live: live() } },
  });
  expect(check.result['digest_source']).toBe(check.result['digest_target']);

  await client.query(`UPDATE product SET weight = weight + 0.0000001 WHERE key = 'P-4711 ü'`);
  const keys = [{ key: 'P-4711 ü', difference: 'different' }];
  expect(await run('check', 'product')).toMatchObject({ code: 1, result: { isEqual: false, keys } });
}, 60_000);

test('a table that no seed made is refused before anything is written', async () => {
  await client.query('CREATE TABLE own (id int)');
  const refused = { code: 'HUB_SEED_TARGET_INVALID' };
  await expect(run('product', '--yes', '--no-certificate', '--table', 'own')).rejects.toMatchObject(refused);
  expect(await run('product', '--plan', '--table', 'own')).toMatchObject({ code: 1 });
});

test('follows live events, deletes included, until it is interrupted', async () => {
  const following = run('product', '--yes', '--follow');
  for (let turn = 0; turn < 6; turn += 1) await publish([1]);
  for (let found = 'live'; found !== 'deleted';) {
    const { rows } = await client.query<{ status: string }>(`SELECT status FROM product WHERE key = 'P-1 ü'`);
    found = rows[0]?.status ?? 'live';
  }
  process.emit('SIGINT');
  expect(await following).toMatchObject({ code: 0, result: { isLive: true, records: live() } });
  expect(await run('check', 'product')).toMatchObject({ result: { counts: { missing: 0, extra: 0, different: 1 } } });
}, 60_000);

test('what can not be read is in the way of a certificate, also for a seed that found it before', async () => {
  await client.query('DROP TABLE product, product_seed CASCADE');
  await place.publishJunk();
  expect(await run('product', '--yes')).toMatchObject({ code: 1, result: { unreadable: 1, certificate: null } });
  expect(await run('product', '--yes')).toMatchObject({ code: 1, result: { unreadable: 0, certificate: null } });
  expect(await run('certify', 'product')).toMatchObject({ code: 1, result: { certificate: null } });
}, 60_000);

/** Kills the seeder's sessions twice while it is at work, as a crash of the database or of the network would. */
async function tearSessions(signal: AbortSignal): Promise<void> {
  for (let torn = 0; torn < 2 && !signal.aborted;) {
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'plumbline seed' AND query LIKE '%product_seed%'
         AND to_regclass('product_seed') IS NOT NULL AND backend_xid IS NOT NULL`,
    );
    torn += rowCount ?? 0;
  }
}

/** Some products change, again and again, while the seed runs. */
async function write(times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) await publish(range(50, 3));
}
