import { readFileSync, truncateSync, writeFileSync, appendFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TopicReader, type RawMessage } from '#messaging-kafka';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { createDatabase, serverAddresses, unique, type ScratchDatabase } from '../harness/servers.js';
import { instantOfVersion, SeedUnderTest } from './seed-under-test.js';

const RECORDS = 300;
let place: SeedUnderTest;
let target: ScratchDatabase;
let client: pg.Client;
let hub: pg.Client;

const keyOf = (number: number): string => `P-${number} ü`;
const keys = Array.from({ length: RECORDS }, (_, number) => keyOf(number));
const live = async (table: string): Promise<string[]> => {
  const { rows } = await client.query<{ key: string }>(`SELECT key FROM ${table}_live ORDER BY key`);
  return rows.map(({ key }) => key);
};

/** Every third is Acme's; then every sixth leaves it, and one of Bolt comes to it; at last one is deleted. */
beforeAll(async () => {
  place = await SeedUnderTest.open();
  target = await createDatabase('seed_shapes');
  client = new pg.Client({ connectionString: target.url });
  hub = new pg.Client({ connectionString: serverAddresses().databaseUrl });
  await Promise.all([client.connect(), hub.connect()]);
  await place.publish(keys.map((key, number) => place.nextEvent(key, number % 3 === 0 ? 'Acme' : 'Bolt')));
  await place.publish(keys.filter((_, number) => number % 6 === 0).map((key) => place.nextEvent(key, 'Bolt')));
  await place.publish([place.nextEvent(keyOf(1), 'Acme'), place.nextEvent(keyOf(3), 'Acme', 'deleted')]);
});
afterAll(async () => {
  await hub.query(`DROP SCHEMA IF EXISTS "${place.schema}" CASCADE`);
  await Promise.all([client.end(), hub.end()]);
  await target.drop();
  await place.close();
});

const acmes = (): string[] =>
  keys.filter((_, number) => number === 1 || (number % 3 === 0 && number % 6 !== 0 && number !== 3)).sort();

describe('the certificate of a seed', () => {
  let id: string;

  test('is kept when the seed is done, and holds', async () => {
    const seeded = await place.run('product', '--to', target.url, '--table', 'certified', '--yes');
    expect(seeded).toMatchObject({
      code: 0,
      result: { isLive: true, certificate: { records: RECORDS, undecided: 0 } },
    });
    const certificate = seeded.result['certificate'] as { id: string; partitions: { records: number }[] };
    id = certificate.id;
    expect(certificate.partitions.reduce((sum, { records }) => sum + records, 0)).toBe(RECORDS);
    expect(await place.run('certificate', id)).toMatchObject({
      code: 0,
      result: { isSigned: true, isCompared: false },
    });
    const held = await place.run('certificate', id, '--to', target.url, '--table', 'certified');
    expect(held).toMatchObject({ code: 0, result: { isCompared: true, problems: [] } });
  });

  test('does not hold of a table in which one row was tampered with, nor once it was edited itself', async () => {
    await client.query('UPDATE certified SET weight = weight + 0.0000001 WHERE key = $1', [keyOf(7)]);
    const tampered = await place.run('certificate', id, '--to', target.url, '--table', 'certified');
    const kinds = (tampered.result['problems'] as { kind: string }[]).map(({ kind }) => kind);
    expect([tampered.code, kinds]).toEqual([1, ['target-differs', 'not-what-was-certified']]);
    const refused = await place.run('certify', 'product', '--to', target.url, '--table', 'certified');
    expect(refused).toMatchObject({ code: 1, result: { certificate: null, counts: { different: 1 } } });
    await hub.query(
      `UPDATE "${place.schema}".seed_certificate SET document = (document::jsonb || '{"records": 299}')::json WHERE id = $1`,
      [id],
    );
    expect(await place.run('certificate', id)).toMatchObject({ code: 1, result: { problems: [{ kind: 'edited' }] } });
    await expect(place.run('certificate', 'seed-none')).rejects.toMatchObject({ code: 'HUB_NOT_FOUND' });
  });
});

describe('a seed of a part', () => {
  test('has what the filter wants, of the fields chosen; what left the filter is not shown, nor comes back', async () => {
    const args = [
      'product',
      '--to',
      target.url,
      '--table',
      'acme',
      '--where',
      'brand=Acme',
      '--fields',
      'brand,weight',
    ];
    expect(await place.run(...args, '--yes')).toMatchObject({ code: 0, result: { records: acmes().length } });
    expect(await live('acme')).toEqual(acmes());
    const { rows } = await client.query(`SELECT * FROM acme_live WHERE key = $1`, [keyOf(9)]);
    expect(rows).toEqual([{ key: keyOf(9), version: '1', brand: 'Acme', weight: '1.25' }]);
    await place.publish([place.nextEvent(keyOf(9), 'Bolt')]);
    expect(await place.run(...args, '--yes')).toMatchObject({ code: 0, result: { isResumed: true } });
    expect(await live('acme')).toEqual(acmes().filter((key) => key !== keyOf(9)));
    await place.publish([place.nextEvent(keyOf(9), 'Acme')]);
  });

  test('is not gone on with as something else', async () => {
    const other = ['product', '--to', target.url, '--table', 'acme', '--where', 'brand=Bolt', '--yes'];
    await expect(place.run(...other)).rejects.toMatchObject({ code: 'HUB_SEED_TARGET_INVALID' });
  });

  test('as of a time is what was true then, from the history', async () => {
    const args = [
      'product',
      '--to',
      target.url,
      '--table',
      'past',
      '--as-of',
      instantOfVersion(1n),
      '--where',
      'brand=Acme',
    ];
    expect(await place.run(...args, '--yes')).toMatchObject({ code: 0, result: { certificate: { undecided: 0 } } });
    expect(await live('past')).toEqual(keys.filter((_, number) => number % 3 === 0).sort());
    await expect(place.run(...args, '--follow', '--yes')).rejects.toMatchObject({ code: 'HUB_REQUEST_INVALID' });
  });
});

describe('a topic of its own as a target', () => {
  const own = (): string => `${place.prefix.slice(0, -1)}-team.acme`;
  afterAll(() => place.topics.deleteTopics([own()]));

  test('holds the part as golden events; seeded again it goes on', async () => {
    const args = ['product', '--to', `topic:${own()}`, '--where', 'brand=Acme', '--fields', 'brand', '--yes'];
    const seeded = await place.run(...args);
    expect(seeded).toMatchObject({ code: 0, result: { certificate: { records: RECORDS, live: acmes().length } } });
    const state = await readState(own());
    const shown = [...state].filter(([, event]) => event.status === 'live').map(([key]) => key);
    expect(shown.sort()).toEqual(acmes());
    expect(state.get(keyOf(9))).toMatchObject({ fields: { brand: 'Acme' }, sequence: 3n });
    expect(Object.keys(state.get(keyOf(9))?.fields ?? {})).toEqual(['brand']);
    await place.publish([place.nextEvent(keyOf(15), 'Bolt')]);
    expect(await place.run(...args)).toMatchObject({ code: 0, result: { isResumed: true, messages: 1 } });
    expect((await readState(own())).get(keyOf(15))).toMatchObject({ status: 'deleted', fields: {} });
    await place.publish([place.nextEvent(keyOf(15), 'Acme')]);
  });

  test.each([
    ['the topic that is read', () => place.topic],
    ['another topic of the hub', () => `${place.prefix}golden.price.v1`],
    ['the changes of a system that the hub file does not name', () => `${place.prefix}pim.product.changed.v1`],
    ['a lane', () => `${place.prefix}lane.shop.x`],
    ['what can not be a topic', () => 'a topic'],
  ])('is refused: %s', async (_what, topic) => {
    const refused = { code: 'HUB_SEED_TARGET_INVALID' };
    await expect(place.run('product', '--to', `topic:${topic()}`, '--yes')).rejects.toMatchObject(refused);
  });

  test('is refused where it has messages that no seed wrote', async () => {
    const foreign = `${unique('foreign').replace('_', '-')}`;
    await place.topics.ensure([{ name: foreign, kind: 'history', partitions: 1 }]);
    try {
      await place.publishTo(foreign);
      const refused = { code: 'HUB_SEED_TARGET_INVALID' };
      await expect(place.run('product', '--to', `topic:${foreign}`, '--yes')).rejects.toMatchObject(refused);
    } finally {
      await place.topics.deleteTopics([foreign]);
    }
  });

  async function readState(topic: string): Promise<Map<string, ReturnType<typeof place.events.decodeGolden>>> {
    const state = new Map<string, ReturnType<typeof place.events.decodeGolden>>();
    const reader = new TopicReader({ brokers: serverAddresses().kafkaBrokers, clientId: 'seed-shapes' });
    try {
      const onPage = async ({ messages }: { readonly messages: readonly RawMessage[] }): Promise<void> => {
        for (const { key, value } of messages) if (value) state.set(key, place.events.decodeGolden('product', value));
      };
      await reader.readToEnd({ topic, from: new Map(), onPage });
    } finally {
      await reader.close();
    }
    return state;
  }
});

describe('JSON Lines as a target', () => {
  test('are a complete prefix whatever tore the last page, and go on behind it', async () => {
    const path = join(place.folder, 'products.jsonl');
    const args = ['product', '--to', `jsonl:${path}`, '--fields', 'brand,name', '--yes'];
    expect(await place.run(...args)).toMatchObject({ code: 0, result: { certificate: { records: RECORDS } } });
    const manifest = JSON.parse(readFileSync(`${path}.seed.json`, 'utf8')) as { bytes: number; lines: number };
    const whole = readFileSync(path, 'utf8');
    expect([Buffer.byteLength(whole), whole.trimEnd().split('\n').length]).toEqual([manifest.bytes, manifest.lines]);
    appendFileSync(path, '{"key":"torn in the midd'); // what a kill leaves of a page that was not noted
    await place.publish([place.nextEvent(keyOf(20), 'Cog \u2028 <&')]);
    expect(await place.run(...args)).toMatchObject({ code: 0, result: { isResumed: true, messages: 1 } });
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ key: keyOf(20), fields: { brand: 'Cog \u2028 <&' } });
    expect(await place.run('check', ...args.slice(0, -1))).toMatchObject({ code: 0, result: { isEqual: true } });
  });

  test('that were tampered with differ; a file that is short, or that no seed made, is refused', async () => {
    const path = join(place.folder, 'products.jsonl');
    const args = ['product', '--to', `jsonl:${path}`, '--fields', 'brand,name'];
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(`"key":"${keyOf(21)}"`, `"key":"${keyOf(21).replace('2', '9')}"`),
    );
    const found = await place.run('check', ...args);
    expect(found).toMatchObject({ code: 1, result: { counts: { missing: 1 } } });
    truncateSync(path, statSync(path).size - 1);
    const refused = { code: 'HUB_SEED_TARGET_INVALID' };
    await expect(place.run(...args, '--yes')).rejects.toMatchObject(refused);
    const own = join(place.folder, 'own.jsonl');
    writeFileSync(own, '');
    await expect(place.run('product', '--to', `jsonl:${own}`, '--yes')).rejects.toMatchObject(refused);
  });
});

describe('a history that lost its beginning', () => {
  test('is not taken for the past', async () => {
    const kafka = new kafkajs.Kafka({
      ...{ brokers: [...serverAddresses().kafkaBrokers], clientId: 'seed-shapes', logLevel: kafkajs.logLevel.NOTHING },
    });
    const admin = kafka.admin();
    await admin.connect();
    await admin.fetchTopicOffsets(place.history); // else kafkajs does not know who leads it
    await admin.deleteTopicRecords({ topic: place.history, partitions: [{ partition: 1, offset: '1' }] });
    await admin.disconnect();
    const args = ['product', '--to', target.url, '--table', 'too_late', '--as-of', instantOfVersion(1n), '--yes'];
    await expect(place.run(...args)).rejects.toMatchObject({ code: 'HUB_SEED_HISTORY_GONE' });
    await expect(client.query('SELECT 1 FROM too_late')).rejects.toThrow('does not exist');
  });
});
