import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '#kernel';
import { KafkaTopics, TopicReader } from '#messaging-kafka';
import { encodeHeaders } from '#outbox';
import { CreateOutboxTables, Database, PostgresOutboxAppender } from '#store-postgres';
import { createDatabase, serverAddresses, unique, type ScratchDatabase } from '../harness/servers.js';

const ROOT = join(import.meta.dirname, '../..');
const ROWS = 30_000;
const KEYS = 500;
const { kafkaBrokers } = serverAddresses();
const kafka = { brokers: kafkaBrokers, clientId: 'relay-killed-test' };
const topics = new KafkaTopics(kafka);
const created: string[] = [];
let scratch: ScratchDatabase;
let database: Database;
let child: ChildProcess | null = null;

beforeAll(async () => {
  scratch = await createDatabase('relay_killed');
});
afterEach(async () => {
  if (child) await kill(child);
  await dropSlots();
  await database.close();
});
afterAll(async () => {
  await topics.deleteTopics(created);
  await topics.close();
  await scratch.drop();
});

test.each(['polling', 'streaming'])(
  '%s: kill -9 in mid-drain loses nothing and keeps the order of each key',
  async (reader) => {
    const [schema, topic] = [unique('killed'), unique('killed')];
    await topics.ensure([{ name: topic, kind: 'change', partitions: 4 }]);
    created.push(topic);
    const options = { url: scratch.url, schema, applicationName: 'relay-killed-test' };
    database = await Database.connect(options, [CreateOutboxTables]);
    await database.migrate();
    const settings = { databaseUrl: scratch.url, schema, brokers: kafkaBrokers, reader };
    child = await startRelay(settings);
    await untilTopicHolds(topic, await fill(topic, 0, 100)); // a streaming relay has its slot now
    await kill(child);
    await fill(topic, 100, ROWS);
    for (const share of [0.2, 0.5, 0.8]) {
      child = await startRelay(settings);
      await untilTopicHolds(topic, ROWS * share);
      await kill(child);
    }
    child = await startRelay(settings);
    await untilDrained();
    await expectAllInOrder(topic);
  },
);

/** The relay of the benchmark, alone in a process. It leads once the lease of the one before has ended. */
async function startRelay(settings: object): Promise<ChildProcess> {
  const entry = join(ROOT, 'dist/bench/relay/relay-process.js');
  const started = spawn(process.execPath, [entry, JSON.stringify(settings)], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(started, 'message');
  started.send('start');
  return started;
}

async function kill(running: ChildProcess): Promise<void> {
  if (running.exitCode !== null || running.signalCode !== null) return;
  const gone = once(running, 'exit');
  running.kill('SIGKILL');
  await gone;
}

/** Rows `from` to `to - 1`, each numbered within its key. @returns `to` */
async function fill(topic: string, from: number, to: number): Promise<number> {
  for (let start = from; start < to; start += 500) {
    const indexes = Array.from({ length: Math.min(500, to - start) }, (_, offset) => start + offset);
    const messages = indexes.map((index) => ({
      ...{ topics: [topic], key: `k${index % KEYS}`, headers: encodeHeaders({}) },
      value: Buffer.from(String(Math.floor(index / KEYS)).padEnd(400)),
    }));
    await database.transaction((sql) => new PostgresOutboxAppender(sql).append(messages));
  }
  return to;
}

async function untilTopicHolds(topic: string, count: number): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 10) {
    const ends = [...(await topics.endOffsets(topic)).values()];
    if (ends.reduce((sum, end) => sum + Number(end), 0) >= count) return;
    await systemClock.sleep(10);
  }
  throw new Error(`the topic does not come to hold ${count} messages`);
}

async function untilDrained(): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 50) {
    const [row] = await database.query<{ empty: boolean }>('SELECT NOT EXISTS (SELECT FROM outbox) AS empty');
    if (row?.empty) return;
    await systemClock.sleep(50);
  }
  throw new Error('rows are still pending');
}

async function expectAllInOrder(topic: string): Promise<void> {
  const found = new Map<string, number[]>();
  const reader = new TopicReader(kafka);
  await reader.readToEnd({
    topic,
    from: new Map(),
    onPage: async ({ messages }) => {
      for (const { key, value } of messages) found.set(key, [...(found.get(key) ?? []), Number(String(value))]);
    },
  });
  await reader.close();
  const wanted = Array.from({ length: ROWS / KEYS }, (_, index) => index);
  expect(found.size).toBe(KEYS);
  for (const numbers of found.values()) {
    expect([...new Set(numbers)]).toEqual(wanted); // first occurrences, in order
    expect(numbers.at(-1)).toBe(wanted.at(-1));
  }
}

async function dropSlots(): Promise<void> {
  const active = 'SELECT slot_name FROM pg_replication_slots WHERE database = current_database() AND active';
  for (let waited = 0; waited < 20_000 && (await database.query(active)).length > 0; waited += 50)
    await systemClock.sleep(50);
  await database.query(
    'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()',
  );
}
