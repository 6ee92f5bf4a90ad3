import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { GoldenStatus, SeedReport } from '#contracts';
import { KafkaTopics } from '#messaging-kafka';
import type { SeedCertificate } from '#replay';
import { eventually } from '#testing';
import pg from 'pg';
import { ROOT } from '../faults/servers.js';
import { SYSTEMS } from '../faults/stores.js';
import { createDatabase, type ScratchDatabase } from '../harness/servers.js';
import { AdminSession } from './admin-session.js';
import { HubUnderTest, PATIENCE, processAddresses } from './hub-under-test.js';

const ARTICLES = 6_000;
/** Of the hosts: so many calls does a scan take. */
const PAGE = 500;
/** The ERP owns name and brand, the shop the weight. */
const OWNED = SYSTEMS.replace('owner: { erp: [name, brand, weight] }', 'owner: { erp: [name, brand], shop: [weight] }')
  .replace("brand: maker, weight: { from: weight_g, factor: '0.001' } }", 'brand: maker }')
  .replace('mode: write', 'mode: observe');

interface Ended {
  readonly code: number | null;
  readonly lines: string;
  readonly result: {
    readonly certificate?: SeedCertificate;
    readonly certificates?: readonly SeedCertificate[];
    readonly scans?: readonly unknown[];
    readonly problems?: readonly unknown[];
    readonly error?: { readonly code: string };
  } | null;
}

let hub: HubUnderTest;
let store: ScratchDatabase;
let client: pg.Client;

/** One command line of a process of its own. */
function plumbline(...args: readonly string[]): Promise<Ended> & { readonly child: ChildProcess } {
  const child = spawn(process.execPath, [join(ROOT, 'dist/apps/cli/main.js'), 'seed', ...args, '--json'], {
    env: {
      ...process.env,
      ...processAddresses(),
      DATABASE_URL: hub.test.hub.databaseUrl,
      PLUMBLINE_HUB_FILE: join(hub.folder, 'plumbline.yaml'),
      PLUMBLINE_TOKEN: hub.test.hub.processes.token,
    },
  });
  let [out, lines] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (lines += text.toString()));
  const ended = once(child, 'close').then(([code]): Ended => {
    return { code: code as number | null, lines, result: out === '' ? null : (JSON.parse(out) as Ended['result']) };
  });
  return Object.assign(ended, { child });
}

const seed = (...more: readonly string[]): ReturnType<typeof plumbline> =>
  plumbline('product', '--to', store.url, '--from', 'sources', '--yes', ...more);

async function rowsOf(...keys: readonly string[]): Promise<unknown[]> {
  const text = `SELECT key, status, brand, weight::float8 AS weight, sequence::int AS sequence FROM product
    WHERE key = ANY ($1) ORDER BY key`;
  return (await client.query<Record<string, unknown>>(text, [keys])).rows;
}

/** Pages of all systems that are stored. */
async function pagesStored(): Promise<number> {
  const { rows: made } = await hub.database.query<{ name: string | null }>(
    `SELECT (SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE tablename = 'seed_source_scan') AS name`,
  );
  const name = made[0]?.name ?? null;
  if (name === null) return 0;
  const { rows } = await hub.database.query<{ pages: number }>(
    `SELECT coalesce(sum(pages), 0)::int AS pages FROM ${name}`,
  );
  return rows[0]?.pages ?? 0;
}

/** Until golden has all records so, and has published what it made of them. */
async function untilMerged(as: 'foreign' | 'live'): Promise<void> {
  await eventually(async () => {
    const { entities, outboxRows } = await hub.test.hub.processes.call<GoldenStatus>('golden', '/status');
    const records = entities.find(({ entity }) => entity === 'product')?.[as] ?? 0;
    if (records < ARTICLES || outboxRows > 0) throw new Error(`${records} are ${as}, ${outboxRows} wait`);
  }, PATIENCE);
}

/** Both systems are mirrored; then each drifts where no cursor sees it. */
beforeAll(async () => {
  store = await createDatabase('seed_sources_store');
  client = new pg.Client({ connectionString: store.url });
  await client.connect();
  hub = await HubUnderTest.start({ processes: ['golden', 'connector-erp', 'connector-shop'], systems: OWNED });
  await hub.sql(
    `INSERT INTO shop.product (sku, name_de, brand, weight_kg) SELECT 'A-' || i, 'Name ' || i, 'Shop', i FROM generate_series(1, $1) AS i`,
    [ARTICLES],
  );
  await untilMerged('foreign');
  await hub.addArticles(ARTICLES);
  await untilMerged('live');
  await hub.silently(`UPDATE shop.product SET weight_kg = 0.125, brand = 'not the shop''s' WHERE sku = 'A-3'`);
  await hub.silently(`UPDATE erp.article SET maker = 'drifted' WHERE article_no = 'A-4'`);
  await hub.silently(`DELETE FROM erp.article WHERE article_no = 'A-5'`);
  await hub.silently(
    `INSERT INTO erp.article (article_no, title_de, maker, modified_at) VALUES ('A-new', 'Neu', 'Maker new', '2020-01-01')`,
  );
}, 240_000);
afterAll(async () => {
  await hub.drop();
  await client.end();
  await store.drop();
});

test('the dry run tells what the scans cost, and asks nothing of the systems', async () => {
  const { code, result } = await seed('--plan');
  expect(code).toBe(0);
  const scan = { entity: 'product', records: ARTICLES, pageSize: PAGE, pages: ARTICLES / PAGE };
  expect(result?.scans).toMatchObject([
    { system: 'erp', ...scan },
    { system: 'shop', ...scan },
  ]);
});

test('a drift that nobody saw is seeded as its owner has it, although the seeder was killed; the certificate counts it', async () => {
  const killed = seed();
  await eventually(async () => expect(await pagesStored()).toBeGreaterThan(0), { timeoutMs: 60_000, intervalMs: 5 });
  killed.child.kill('SIGKILL');
  await killed;
  const left = await pagesStored();
  expect(left).toBeLessThan((2 * ARTICLES) / PAGE);

  const { code, result, lines } = await seed();
  expect([code, result?.error]).toEqual([0, undefined]);
  const [, first] = /scann\w+ \w+: \S+ records on (\d+) pages/.exec(lines) ?? [];
  expect(Number(first)).toBeGreaterThanOrEqual(Math.min(left, ARTICLES / PAGE)); // it went on there
  expect(result?.certificate).toMatchObject({
    records: ARTICLES + 1,
    live: ARTICLES,
    sources: {
      systems: [
        { system: 'erp', records: ARTICLES, silent: 0 },
        { system: 'shop', records: ARTICLES, silent: 0 },
      ],
      differences: { added: 1, changed: 2, removed: 1, keys: ['A-3', 'A-4', 'A-5', 'A-new'] },
    },
  });
  expect(await rowsOf('A-3', 'A-4', 'A-5', 'A-6', 'A-new')).toMatchObject([
    { key: 'A-3', status: 'live', brand: 'Maker 3', weight: 0.125 },
    { key: 'A-4', status: 'live', brand: 'drifted', weight: 4 },
    { key: 'A-5', status: 'deleted', brand: null },
    { key: 'A-6', status: 'live', brand: 'Maker 6', weight: 6 },
    { key: 'A-new', status: 'live', brand: 'Maker new', sequence: 0 },
  ]);
}, 180_000);

test('the server seeds a topic of its own from the sources, and certifies it', async () => {
  const { hub: scratch } = hub.test;
  await scratch.processes.start('admin');
  const admin = await AdminSession.open(scratch, hub.folder);
  const wish = { entity: 'product', to: { kind: 'topic', topic: `${scratch.file.hub.name}-own` }, from: 'sources' };
  const { id } = await admin.ask<SeedReport>('seeds', wish);
  const done = await eventually(async () => {
    const report = await admin.ask<SeedReport>(`seeds/${id}`);
    if (report.state === 'running') throw new Error('it is running');
    return report;
  }, PATIENCE);
  expect(done).toMatchObject({ state: 'done', problem: null, wish, shape: 'everything, from the sources' });
  expect(await admin.ask(`seeds/certificates/${id}`)).toMatchObject({
    isSigned: true,
    records: ARTICLES + 1,
    sources: { differences: { added: 1, changed: 2, removed: 1, keys: ['A-3', 'A-4', 'A-5', 'A-new'] } },
  });
  const topics = new KafkaTopics(hub.test.connection);
  await topics.deleteTopics([wish.to.topic]);
  await topics.close();
}, 180_000);

test('what the topic tells from then on is applied over it, and the certificate holds', async () => {
  const [kept] = (await plumbline('certificate')).result?.certificates ?? [];
  const id = kept?.id ?? '';
  await hub.sql(`UPDATE erp.article SET maker = 'by the ERP' WHERE article_no IN ('A-new', 'A-6')`);
  await eventually(async () => {
    expect((await seed('--no-certificate')).code).toBe(0);
    expect(await rowsOf('A-6', 'A-new')).toMatchObject([
      { brand: 'by the ERP', weight: 6 },
      { brand: 'by the ERP', sequence: 1 },
    ]);
  }, PATIENCE);
  expect(await rowsOf('A-3')).toMatchObject([{ weight: 0.125 }]); // of which the topic told nothing since
  expect(await plumbline('certificate', id, '--to', store.url)).toMatchObject({ code: 0, result: { problems: [] } });
  const unlike = await plumbline('check', 'product', '--to', store.url);
  expect(unlike).toMatchObject({ code: 1, result: { error: { code: 'HUB_SEED_TARGET_INVALID' } } });
  await client.query(`UPDATE product SET weight = 3 WHERE key = 'A-3'`); // as the topic has it, and the shop does not
  const tampered = await plumbline('certificate', id, '--to', store.url);
  expect(tampered).toMatchObject({ code: 1, result: { problems: [{ kind: 'target-differs', different: 1 }] } });
}, 180_000);
