import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventPlaceOf, HEADERS } from '#contracts';
import { Closers, noMetrics, silentLogger, systemClock } from '#kernel';
import { KafkaEventPublisher, KafkaTopics, TopicReader } from '#messaging-kafka';
import { encodeHeaders, startReadBack, startRelay, type CurrentRows, type OutboxRelay } from '#outbox';
import {
  CreateOutboxTables,
  Database,
  PostgresAppliedOffsets,
  PostgresCurrentPlaces,
  PostgresOutboxAppender,
  PostgresOutboxStore,
  type Sql,
} from '#store-postgres';
import { eventually } from '#testing';
import { createDatabase, serverAddresses, unique, type ScratchDatabase } from '../harness/servers.js';
import { KafkaProxy, passOn } from '../integration/messaging-proxy.js';

const ROOT = join(import.meta.dirname, '../..');
const KEYS = ['a', 'b', 'c'];
const [broker = ''] = serverAddresses().kafkaBrokers;
const kafka = { brokers: [broker], clientId: 'zombie-test' };
const topics = new KafkaTopics(kafka);
const topic = unique('zombie');
const closers = new Closers();
let scratch: ScratchDatabase;
let database: Database;
let proxy: KafkaProxy;
let zombie: ChildProcess;

beforeAll(async () => {
  scratch = await createDatabase('zombie');
  const options = { url: scratch.url, schema: unique('zombie'), applicationName: 'zombie-test' };
  database = await Database.connect(options, [CreateOutboxTables]);
  await database.migrate();
  await database.query('CREATE TABLE item (key text PRIMARY KEY, sequence bigint NOT NULL)');
  await topics.ensure([{ name: topic, kind: 'change', partitions: 2 }]);
  proxy = await KafkaProxy.start(broker);
});
afterAll(async () => {
  await closers.close();
  zombie.kill('SIGKILL');
  await proxy.stop();
  await topics.deleteTopics([topic]);
  await topics.close();
  await database.close();
  await scratch.drop();
});

test('what a frozen relay sends when it goes on is followed by what is current, of every key', async () => {
  const frozen: Buffer[] = [];
  zombie = await startRelayProcess();
  await writeAll(1n);
  await eventually(async () => expect(await lastOf()).toEqual(last(1n)), { timeoutMs: 20_000 });
  // frozen with its request on the way
  proxy.rule = (frame) => {
    zombie.kill('SIGSTOP');
    frozen.push(Buffer.from(frame));
    return [frame.subarray(0, 0)];
  };
  await writeAll(2n);
  await eventually(() => expect(frozen.length).toBeGreaterThan(0), { timeoutMs: 20_000 });
  startOther();
  await eventually(async () => expect(await lastOf()).toEqual(last(2n)), { timeoutMs: 30_000 });
  await writeAll(3n);
  await eventually(async () => expect(await lastOf()).toEqual(last(3n)), { timeoutMs: 30_000 });
  proxy.rule = passOn;
  zombie.kill('SIGCONT');
  await deliver(frozen[0] ?? Buffer.alloc(0));
  await eventually(
    async () => {
      const seen = await readTopic();
      for (const key of KEYS) expect(seen.get(key)).toEqual([1n, 2n, 3n, 2n, 3n]); // the late one, then the current
    },
    { timeoutMs: 30_000 },
  );
});

/** A change of each key with its event, under the keys' locks; all in one request of the relay. */
async function writeAll(sequence: bigint): Promise<void> {
  await database.transaction(async (sql) => {
    for (const key of KEYS) {
      const upsert = 'INSERT INTO item VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET sequence = excluded.sequence';
      await sql.query(upsert, [key, sequence.toString()]);
      await append(sql, key, sequence);
    }
  });
}

async function append(sql: Sql, key: string, sequence: bigint): Promise<void> {
  const headers = encodeHeaders({ [HEADERS.id]: `item/${key}/${sequence}` });
  await new PostgresOutboxAppender(sql).append([{ topics: [topic], key, headers, value: Buffer.from(`${sequence}`) }]);
}

const rows: CurrentRows = {
  findPlaces: async (keys) => {
    const text = 'SELECT key, sequence FROM item WHERE key = ANY ($1::text[])';
    const found = await database.query<{ key: string; sequence: string }>(text, [keys]);
    return new Map(found.map(({ key, sequence }) => [key, { epoch: 0, sequence: BigInt(sequence) }]));
  },
  findUnpublished: (keys) => new PostgresCurrentPlaces(database).findUnpublished(keys),
  appendCurrent: (keys) =>
    database.transaction(async (sql) => {
      const text = 'SELECT key, sequence FROM item WHERE key = ANY ($1::text[]) ORDER BY key FOR UPDATE';
      const found = await sql.query<{ key: string; sequence: string }>(text, [keys]);
      for (const { key, sequence } of found) await append(sql, key, BigInt(sequence));
      return found.length;
    }),
};

/** The relay that takes over when the lease of the frozen one has ended, and reads its topic back. */
function startOther(): void {
  const fatal = (error: unknown): void => expect(error).toBeNull();
  const common = { clock: systemClock, logger: silentLogger, metrics: noMetrics, onFatal: fatal };
  const publisher = new KafkaEventPublisher(kafka);
  const store = new PostgresOutboxStore(database);
  const relay: OutboxRelay = startRelay({ ...common, store, publisher, owner: randomUUID() }, closers);
  startReadBack(
    {
      ...{ ...common, topics: [{ topic, rows }], openTail: () => new TopicReader(kafka), placeOf: eventPlaceOf },
      ...{ positions: new PostgresAppliedOffsets(database), isLeading: () => relay.state === 'leading' },
      ...{ onAppended: () => relay.wake(), everyMs: 500 },
    },
    closers,
  );
}

/** The relay of the benchmark, alone in a process, behind the proxy. */
async function startRelayProcess(): Promise<ChildProcess> {
  const { schema } = database.place;
  const settings = { databaseUrl: scratch.url, schema, brokers: [proxy.address], reader: 'polling' };
  const entry = join(ROOT, 'dist/bench/relay/relay-process.js');
  const stdio: ('ignore' | 'inherit' | 'ipc')[] = ['ignore', 'ignore', 'ignore', 'ipc'];
  const started = spawn(process.execPath, [entry, JSON.stringify(settings)], { cwd: ROOT, stdio });
  await once(started, 'message');
  started.send('start');
  return started;
}

/** The network delivers the request at last. */
async function deliver(frame: Buffer): Promise<void> {
  const [host = '', port] = broker.split(':');
  const socket = connect(Number(port), host);
  socket.write(frame);
  await once(socket, 'data');
  socket.destroy();
}

async function readTopic(): Promise<Map<string, bigint[]>> {
  const seen = new Map<string, bigint[]>();
  const reader = new TopicReader(kafka);
  await reader.readToEnd({
    ...{ topic, from: new Map<number, bigint>() },
    onPage: async ({ messages }) => {
      for (const { key, value } of messages) seen.set(key, [...(seen.get(key) ?? []), BigInt(String(value))]);
    },
  });
  await reader.close();
  return seen;
}

async function lastOf(): Promise<Record<string, bigint | undefined>> {
  return Object.fromEntries([...(await readTopic())].map(([key, sequences]) => [key, sequences.at(-1)]));
}

function last(sequence: bigint): Record<string, bigint> {
  return Object.fromEntries(KEYS.map((key) => [key, sequence]));
}
