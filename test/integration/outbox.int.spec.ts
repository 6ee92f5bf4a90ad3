import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HubError, noMetrics, silentLogger, systemClock } from '#kernel';
import { encodeHeaders, OutboxRelay, type EventPublisher, type OutboxMessage, type OutboxRow } from '#outbox';
import { testOutboxStore } from '#outbox/testing';
import {
  AddParkingAndLimit,
  CreateOutboxTables,
  Database,
  PostgresAppliedOffsets,
  PostgresOutboxAppender,
  PostgresOutboxStore,
  PostgresParkedKeys,
} from '#store-postgres';
import { writeLate } from '../harness/late-writers.js';
import { createDatabase, unique, type ScratchDatabase } from '../harness/servers.js';

let scratch: ScratchDatabase;
let database: Database;

beforeAll(async () => {
  scratch = await createDatabase('outbox');
  database = await connect(unique('outbox'));
});

afterAll(async () => {
  await database.close();
  await scratch.drop();
});

async function connect(schema: string): Promise<Database> {
  const options = { url: scratch.url, schema, applicationName: 'outbox-test', poolSize: 12 };
  const connected = await Database.connect(options, [CreateOutboxTables]);
  await connected.migrate();
  return connected;
}

function append(messages: readonly OutboxMessage[], on = database, shards = 1): Promise<void> {
  return on.transaction((sql) => new PostgresOutboxAppender(sql, shards).append(messages));
}

const aMessage = (key: string, text: string): OutboxMessage => ({
  topics: ['t'],
  key,
  value: Buffer.from(text),
  headers: encodeHeaders({}),
});

function aRelay(publisher: EventPublisher, owner = randomUUID()): OutboxRelay {
  return new OutboxRelay({
    store: new PostgresOutboxStore(database),
    publisher,
    clock: systemClock,
    logger: silentLogger,
    metrics: noMetrics,
    owner,
    batchSize: 50,
    leaseTtlMs: 1_000,
    onFatal: (error) => {
      throw error;
    },
  });
}

describe('PostgresOutboxStore', () => {
  testOutboxStore(async (shards) => {
    const own = await connect(unique('contract'));
    return {
      store: new PostgresOutboxStore(own, shards),
      parked: new PostgresParkedKeys(own),
      append: (messages) => append(messages, own, shards),
      close: () => own.close(),
    };
  });
});

describe('PostgresOutboxAppender', () => {
  test('leaves nothing when its transaction rolls back', async () => {
    const failing = database.transaction(async (sql) => {
      await new PostgresOutboxAppender(sql).append([aMessage('k', 'v')]);
      throw new HubError('HUB_VERSION_CONFLICT', 'planted');
    });
    await expect(failing).rejects.toMatchObject({ code: 'HUB_VERSION_CONFLICT' });
    expect((await new PostgresOutboxStore(database).findBacklog()).rows).toBe(0);
  });
});

describe('a database of an older version', () => {
  test('gets the new tables, keeps what is pending, and can park and limit', async () => {
    const schema = unique('older');
    const older = await connect(schema);
    await older.query('DROP TABLE outbox_parked, outbox_parked_key, outbox_limit');
    await older.query(
      `INSERT INTO outbox (shard, topics, key, value, headers) VALUES (0, 't', 'old', 'v', '\\x00'), (0, 't', 'b', 'v', '\\x00')`,
    );
    const migrations = [CreateOutboxTables, AddParkingAndLimit];
    const updated = await Database.connect({ url: scratch.url, schema, applicationName: 'outbox-test' }, migrations);
    await updated.migrate();
    await append([aMessage('new', 'v')], updated);
    const store = new PostgresOutboxStore(updated);
    const lease = await store.acquire(0, 'a', 60_000);
    if (!lease) throw new Error('the shard is not free');
    const rows = await store.findPending(lease, 10, []);
    expect(rows.map(({ key }) => key)).toEqual(['old', 'b', 'new']);
    const cause = { code: 'HUB_TOPIC_MISSING', reason: 'gone' } as const;
    const sequences = rows.map(({ sequence }) => sequence);
    await store.markSent(lease, sequences, [{ sequence: sequences[0] ?? 0n, key: 'old', cause }]);
    expect(await store.findBacklog()).toMatchObject({ rows: 0, parkedRows: 1 });
    await Promise.all([older.close(), updated.close()]);
  });
});

describe('PostgresAppliedOffsets', () => {
  test('moves forward only, and is unknown before the first message', async () => {
    const topic = unique('topic');
    const moves = [7n, 3n].map((nextOffset) => ({ topic, partition: 2, nextOffset }));
    expect(await new PostgresAppliedOffsets(database).find(topic, 2)).toBeNull();
    for (const move of moves)
      await database.transaction(async (sql) => {
        await new PostgresAppliedOffsets(sql).lock(topic, 2);
        await new PostgresAppliedOffsets(sql).advance(move);
      });
    expect(await new PostgresAppliedOffsets(database).find(topic, 2)).toBe(7n);
  });

  test('makes a zombie wait, who then sees the position moved', async () => {
    const topic = unique('topic');
    const seen: bigint[] = [];
    const consume = (): Promise<void> =>
      database.transaction(async (sql) => {
        const offsets = new PostgresAppliedOffsets(sql);
        const next = await offsets.lock(topic, 0);
        await systemClock.sleep(50);
        seen.push(next);
        await offsets.advance({ topic, partition: 0, nextOffset: next + 1n });
      });
    await Promise.all([consume(), consume(), consume()]);
    expect(seen).toEqual([0n, 1n, 2n]);
  });
});

describe('outbox relay on PostgreSQL', () => {
  test('late commits lose nothing and keep the order of each key, with two relays and a failing publisher', async () => {
    const log: OutboxRow[] = [];
    let calls = 0;
    const publisher = {
      publish: async (rows: readonly OutboxRow[]): Promise<void> => {
        calls += 1;
        if (calls % 4 === 0) throw new HubError('HUB_BROKER_UNREACHABLE', 'planted before');
        log.push(...rows.map((row) => ({ ...row, value: Buffer.from(row.value) }))); // bytes are the relay's
        if (calls % 7 === 0) throw new HubError('HUB_BROKER_UNREACHABLE', 'planted after');
      },
    };
    const relays = [aRelay(publisher), aRelay(publisher)];
    for (const relay of relays) relay.start();
    await Promise.all([0, 1, 2, 3, 4, 5].map((writer) => write(writer, 25)));
    await expectDrained();
    for (const relay of relays) await relay.stop();
    const firsts = firstOccurrences(log);
    expect(firsts).toHaveLength(150);
    for (const key of ['k0', 'k1', 'k2']) {
      const values = firsts.filter((row) => row.key === key).map((row) => Number(row.value.toString()));
      expect(values).toEqual(values.map((_, index) => index));
    }
  }, 60_000);

  test('a relay that stops is followed at once by the other', async () => {
    const owners: string[] = [];
    const publisherOf = (name: string): EventPublisher => ({
      publish: async (rows) => void rows.forEach(() => owners.push(name)),
    });
    const first = aRelay(publisherOf('first'));
    first.start();
    await append([aMessage('x', '1')]);
    await expectDrained();
    const second = aRelay(publisherOf('second'));
    second.start();
    await first.stop();
    await append([aMessage('x', '2')]);
    await expectDrained();
    await second.stop();
    expect(owners).toEqual(['first', 'second']);
  });
});

function write(writer: number, transactions: number): Promise<void> {
  return writeLate(database, { writer, transactions, lateMs: 40, toMessage: aMessage });
}

async function expectDrained(): Promise<void> {
  const store = new PostgresOutboxStore(database);
  for (let waited = 0; waited < 30_000; waited += 20) {
    if ((await store.findBacklog()).rows === 0) return;
    await systemClock.sleep(20);
  }
  throw new Error('rows are still pending');
}

function firstOccurrences(log: readonly OutboxRow[]): OutboxRow[] {
  const seen = new Set<bigint>();
  return log.filter((row) => !seen.has(row.sequence) && seen.add(row.sequence));
}
