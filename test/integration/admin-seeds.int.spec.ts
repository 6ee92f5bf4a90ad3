import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { auditKeysFor } from '#access';
import { loadHubFile } from '#config';
import type { SeedReport } from '#contracts';
import { HubClient, HubServices } from '#hub-client';
import { endpoints } from '#hub-file';
import { silentLogger, systemClock } from '#kernel';
import { TopicReader, type RawMessage } from '#messaging-kafka';
import { WHOLE } from '#replay';
import { openSeedHub } from '#replay-desk';
import pg from 'pg';
import { untilTrue } from '../harness/dead-letters.js';
import { createDatabase, serverAddresses, unique, type ScratchDatabase } from '../harness/servers.js';
import { SeedUnderTest } from './seed-under-test.js';
import { SERVICE_TOKEN, SignedInAdmin, type ApiAnswer } from './signed-in-admin.js';

const RECORDS = 300;
const connection = { brokers: serverAddresses().kafkaBrokers, clientId: 'admin-seeds' };
const own = unique('own').replace('_', '-');
const foreign = unique('foreign').replace('_', '-');
let place: SeedUnderTest;
let hubDatabase: ScratchDatabase;
let store: ScratchDatabase;
let client: pg.Client;

const keyOf = (number: number): string => `P-${number} ü`;
const count = async (from: string): Promise<number> =>
  Number((await client.query<{ count: string }>(`SELECT count(*) AS count FROM ${from}`)).rows[0]?.count);

beforeAll(async () => {
  place = await SeedUnderTest.open();
  [hubDatabase, store] = await Promise.all([createDatabase('admin_seeds'), createDatabase('admin_seeds_store')]);
  place.overrides = { DATABASE_URL: hubDatabase.url, PLUMBLINE_TOKEN: SERVICE_TOKEN };
  const url = new URL(store.url);
  const write = (name: string): void => writeFileSync(join(place.folder, name), url.href);
  write('shop.url');
  url.pathname = '/no_such_database';
  write('none.url');
  url.password = '';
  write('locked.url');
  client = new pg.Client({ connectionString: store.url });
  await client.connect();
  await client.query('CREATE TABLE taken (id int)');
  const keys = Array.from({ length: RECORDS }, (_, number) => keyOf(number));
  await place.publish(keys.map((key, number) => place.nextEvent(key, number % 3 === 0 ? 'Acme' : 'Bolt')));
  await place.publish([place.nextEvent(keyOf(3), 'Acme', 'deleted')]);
  await place.topics.ensure([{ name: foreign, kind: 'history', partitions: 1 }]);
  await place.publishTo(foreign);
}, 60_000);
afterAll(async () => {
  await client.end();
  await place.topics.deleteTopics([own, foreign]);
  await Promise.all([place.close(), hubDatabase.drop(), store.drop()]);
});

const hubFile = (): string => {
  const secretFile = (name: string): string => `\${file:${join(place.folder, name)}}`;
  return `${place.hubFile}stores:
  shop: { url: '${secretFile('shop.url')}' }
  nowhere: { url: 'postgres://nobody@127.0.0.1:1/none' }
  none: { url: '${secretFile('none.url')}' }
  locked: { url: '${secretFile('locked.url')}' }
  unset: { url: '\${NOBODY_SET_THIS_ADDRESS}' }
`;
};
const admin = new SignedInAdmin(hubFile, () => hubDatabase.url);

const wish = (table: string, more: object = {}): object => ({
  ...{ entity: 'product', to: { kind: 'store', store: 'shop', table } },
  ...more,
});
const intoTopic = (topic: string): object => ({ entity: 'product', to: { kind: 'topic', topic } });
const seedOf = async (id: unknown): Promise<SeedReport> =>
  (await admin.get(`seeds/${String(id)}`)).body as unknown as SeedReport;
const ended = async (id: unknown): Promise<SeedReport> => {
  await untilTrue(async () => (await seedOf(id)).state !== 'running');
  return seedOf(id);
};
/** Starts a seed, and waits for its end. */
const seeded = async (body: object): Promise<SeedReport> => {
  const started = await admin.post('seeds', body);
  expect(started).toMatchObject({ status: 201, body: { state: 'running', certificate: null } });
  return ended(started.body['id']);
};

describe('a seed into a store of the hub file', () => {
  test('is shown first, runs by itself, and ends with the certificate that the command line would give', async () => {
    expect((await admin.get('seeds/stores')).body['list']).toContainEqual({ name: 'shop', schema: 'public' });
    const dry = await admin.post('seeds/plan', wish('whole'));
    expect(dry).toMatchObject({
      status: 200,
      body: { source: place.topic, isResumed: false, liveRecords: 0, messages: RECORDS + 1, shape: 'everything' },
    });
    expect(JSON.stringify(dry.body)).not.toContain(new URL(store.url).username + ':');
    await expect(client.query('SELECT 1 FROM whole')).rejects.toThrow('does not exist');

    const done = await seeded(wish('whole'));
    expect(done).toMatchObject({ state: 'done', problem: null, read: RECORDS + 1, total: RECORDS + 1, percent: 100 });
    expect([await count('whole'), await count('whole_live')]).toEqual([RECORDS, RECORDS - 1]);
    expect(done).toMatchObject({ actor: 'web:admin', certificate: done.id });

    const shown = await admin.get(`seeds/certificates/${done.id}`);
    expect(shown.body).toMatchObject({ records: RECORDS, live: RECORDS - 1, isSigned: true, by: 'web:admin' });
    expect((await admin.get('seeds/certificates')).body['list']).toMatchObject([{ id: done.id }]);
    const held = await place.run('certificate', done.id, '--to', store.url, '--table', 'whole');
    expect(held).toMatchObject({ code: 0, result: { isSigned: true, isCompared: true, problems: [] } });
    const {
      id: _id,
      at: _at,
      by: _by,
      signature: _mine,
      ...same
    } = held.result['certificate'] as Record<string, unknown>;
    const cli = await place.run('certify', 'product', '--to', store.url, '--table', 'whole');
    expect(cli.result['certificate']).toMatchObject(same);
  }, 90_000);

  test('that was seeded before goes on where it stands', async () => {
    await place.publish([place.nextEvent(keyOf(7), 'Cog'), place.nextEvent('new', 'Acme')]);
    const dry = await admin.post('seeds/plan', wish('whole'));
    expect(dry).toMatchObject({ status: 200, body: { isResumed: true, liveRecords: RECORDS - 1, messages: 2 } });
    expect(await seeded(wish('whole'))).toMatchObject({ state: 'done', read: 2, total: 2 });
    expect(await count(`whole_live WHERE brand = 'Cog'`)).toBe(1);
  }, 60_000);

  test('that somebody else wrote into is not certified, and says so', async () => {
    await client.query('UPDATE whole SET weight = weight + 0.0000001 WHERE key = $1', [keyOf(9)]);
    const failed = await seeded(wish('whole'));
    expect(failed).toMatchObject({ state: 'failed', certificate: null, problem: { code: 'HUB_SEED_UNPROVEN' } });
    expect(failed.problem?.reason).toContain('0 missing, 0 extra, 1 different');
    expect(await admin.get(`seeds/certificates/${failed.id}`)).toMatchObject({ status: 404 });
  }, 60_000);

  test('is aborted while it runs; another one into the same table waits for that', async () => {
    const lock = `hashtextextended('"public"."slow_seed"', 0)`; // what making the tables takes, so that it has to wait
    await client.query(`SELECT pg_advisory_lock(${lock})`);
    const { body } = await admin.post('seeds', wish('slow'));
    const busy = { status: 409, body: { code: 'HUB_SEED_BUSY', details: { id: body['id'] } } };
    expect(await admin.post('seeds', wish('slow'))).toMatchObject(busy);
    const abort = `seeds/${String(body['id'])}/abort`;
    expect(await admin.post(abort)).toMatchObject({ status: 200, body: { state: 'aborted' } });
    expect(await admin.post(abort)).toMatchObject({ status: 409, body: { code: 'HUB_SEED_ENDED' } });
    await client.query(`SELECT pg_advisory_unlock(${lock})`);
    expect(await seeded(wish('slow'))).toMatchObject({ state: 'done', percent: 100 });
    expect(await seedOf(body['id'])).toMatchObject({ state: 'aborted', certificate: null });
  }, 60_000);

  test('that a process left which was killed is taken up when its lease is over, where the table stands', async () => {
    const file = join(place.folder, 'with-stores.yaml');
    writeFileSync(file, hubFile());
    const loaded = loadHubFile(file, { unsetVariables: 'keep' });
    const services = new HubServices(new HubClient({ token: SERVICE_TOKEN, timeoutMs: 5_000 }), endpoints(loaded));
    const hub = await openSeedHub({
      ...{ file: loaded, services, connection, replication: {}, codec: place.codec },
      ...{ databaseUrl: hubDatabase.url, keys: auditKeysFor(undefined, SERVICE_TOKEN), name: 'left', poolSize: 2 },
      ...{ clock: systemClock, logger: silentLogger },
    });
    await place.publish([place.nextEvent('later', 'Acme')]);
    await admin.stop(); // else it would be quicker than the one that is to be killed
    const destination = { kind: 'store', store: 'shop', table: 'slow' } as const;
    const id = await hub.desk.order({ entity: 'product', shape: WHOLE, destination }, 'test');
    expect(await hub.jobs.claim(id, 'killed', 1_500)).toMatchObject({ kind: 'claimed' });
    await admin.start();
    expect(await ended(id)).toMatchObject({ state: 'done', read: 1, total: 1, actor: 'test', certificate: id });
    await expect(hub.jobs.advance(id, 'killed', null)).rejects.toMatchObject({ code: 'HUB_LEASE_LOST' });
    await hub.close();
    expect(await count(`slow_live WHERE key = 'later'`)).toBe(1);
  }, 60_000);
});

describe('a seed into a topic of its own', () => {
  test('holds the part that was asked for, and is certified', async () => {
    const part = { where: [{ on: 'field', name: 'brand', test: 'equals', value: 'Acme' }], fields: ['brand'] };
    const done = await seeded({ ...intoTopic(own), ...part });
    expect(done).toMatchObject({ state: 'done', shape: 'brand equals Acme; fields brand', certificate: done.id });
    const live = new Map<string, string>();
    const reader = new TopicReader(connection);
    const onPage = async ({ messages }: { readonly messages: readonly RawMessage[] }): Promise<void> => {
      for (const { key, value } of messages) {
        const event = value && place.events.decodeGolden('product', value);
        if (event) live.set(key, event.status === 'live' ? Object.keys(event.fields).join() : 'deleted');
      }
    };
    await reader.readToEnd({ topic: own, from: new Map(), onPage });
    await reader.close();
    expect([...new Set(live.values())].sort()).toEqual(['brand', 'deleted']);
    expect(live.get(keyOf(6))).toBe('brand');
    expect(live.get(keyOf(7))).toBe('deleted');
    const flags = ['--where', 'brand=Acme', '--fields', 'brand'];
    const held = await place.run('certificate', done.id, '--to', `topic:${own}`);
    expect(held).toMatchObject({ code: 0, result: { isCompared: true, problems: [] } });
    expect(await place.run('check', 'product', '--to', `topic:${own}`, ...flags)).toMatchObject({ code: 0 });
  }, 60_000);
});

describe('what is asked for wrongly', () => {
  const both = async (body: object): Promise<ApiAnswer[]> => [
    await admin.post('seeds/plan', body),
    await admin.post('seeds', body),
  ];
  const where = (part: object): object => ({
    where: [{ on: 'field', name: 'brand', test: 'equals', value: 'a', ...part }],
  });
  const at = (name: string): object => ({ entity: 'product', to: { kind: 'store', store: name } });
  const invalid = [400, 'HUB_REQUEST_INVALID'] as const;
  const unfit = [409, 'HUB_SEED_TARGET_INVALID'] as const;

  test.each<readonly [string, () => object, number, string]>([
    ['an entity that there is not', () => ({ ...wish('x'), entity: 'unicorn' }), ...invalid],
    ['an entity that the hub has no topic of', () => ({ ...wish('x'), entity: 'customer' }), 404, 'HUB_TOPIC_MISSING'],
    ['a store that the hub file does not name', () => at('pos'), 404, 'HUB_NOT_FOUND'],
    ['a store that does not answer', () => at('nowhere'), 503, 'HUB_DATABASE_UNREACHABLE'],
    ['a store without its database', () => at('none'), ...unfit],
    ['a store that asks for a password', () => at('locked'), ...unfit],
    ['a store whose address is not set', () => at('unset'), ...unfit],
    ['a table with other data', () => wish('taken'), ...unfit],
    ['a table that holds another part', () => wish('slow', { fields: ['brand'] }), ...unfit],
    ['the topic that is read', () => intoTopic(place.topic), ...unfit],
    ['another topic of the hub', () => intoTopic(`${place.prefix}golden.price.v1`), ...unfit],
    ['a lane', () => intoTopic(`${place.prefix}lane.shop.x`), ...unfit],
    ['a topic with messages that no seed wrote', () => intoTopic(foreign), ...unfit],
    ['a topic that holds another part', () => intoTopic(own), ...unfit],
    ['an address for a store', () => at('postgres://me@db.local/shop'), ...invalid],
    ['an address', () => ({ entity: 'product', to: { kind: 'postgres', url: store.url } }), ...invalid],
    ['an address besides', () => ({ entity: 'product', to: { kind: 'store', store: 'shop', url: 'x' } }), ...invalid],
    ['a table of another schema', () => wish('pg_catalog.x'), ...invalid],
    ['a hostile table', () => wish('a"; DROP TABLE whole'), ...invalid],
    ['a hostile topic', () => intoTopic('<img onerror=1>'), ...invalid],
    ['a field that there is not', () => wish('x', { fields: ['nmae'] }), ...invalid],
    ['a condition on a field that there is not', () => wish('x', where({ name: 'nmae' })), ...invalid],
    ['a condition on a header', () => wish('x', where({ on: 'header' })), ...invalid],
    ['a pattern that RE2 does not know', () => wish('x', where({ test: 'matches', value: '(a)\\1' })), ...invalid],
    ['a time without a zone', () => wish('x', { asOf: '2026-01-01T00:00' }), ...invalid],
    ['nothing', () => ({}), ...invalid],
  ])('%s is refused with a code, and nothing is begun', async (_name, body, status, code) => {
    const before = (await admin.get('seeds')).body['list'];
    for (const answer of await both(body())) expect(answer).toMatchObject({ status, body: { code } });
    expect((await admin.get('seeds')).body['list']).toEqual(before);
    expect(await count('taken')).toBe(0);
    expect(await count(`pg_class WHERE relname = 'x'`)).toBe(0);
  });

  test('a seed and a certificate that there are not are not found, whatever stands for their id', async () => {
    for (const id of ['seed-00000000-0000-0000-0000-000000000000', 'none', '%20', '<img onerror=1>'])
      for (const path of [`seeds/${id}`, `seeds/certificates/${id}`])
        expect(await admin.get(path)).toMatchObject({ status: 404, body: { code: 'HUB_NOT_FOUND' } });
    expect(await admin.get('seeds/%00')).toMatchObject({ status: 400, body: { code: 'HUB_REQUEST_INVALID' } });
    expect(await admin.post('seeds/none/abort')).toMatchObject({ status: 404 });
    expect(admin.fatal).toEqual([]);
  });
});
