import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { HubError, noMetrics, silentLogger, systemClock } from '#kernel';
import { encodeHeaders, OutboxRelay, type EventPublisher, type OutboxMessage, type OutboxRow } from '#outbox';
import { CreateOutboxTables, Database, PostgresOutboxAppender, StreamingOutboxStore } from '#store-postgres';
import { writeLate } from '../harness/late-writers.js';
import { createDatabase, unique, type ScratchDatabase } from '../harness/servers.js';

let scratch: ScratchDatabase;
let schema: string;
let database: Database;
let relays: OutboxRelay[];

beforeAll(async () => {
  scratch = await createDatabase('outbox_stream');
});
beforeEach(async () => {
  relays = [];
  schema = unique('stream');
  const options = { url: scratch.url, schema, applicationName: 'stream-test', poolSize: 12 };
  database = await Database.connect(options, [CreateOutboxTables]);
  await database.migrate();
});
afterEach(async () => {
  try {
    for (const relay of relays) await relay.stop();
    for (const { name } of await slots()) await dropSlot(name);
  } finally {
    await dropAllSlots();
    await database.close();
  }
});
afterAll(() => scratch.drop());

const aMessage = (key: string, text: string): OutboxMessage => ({
  ...{
    topics: ['t', 'history'],
    key,
    value: Buffer.from(`\u0000${text}`),
    headers: encodeHeaders({ ce_id: `ü ${text}` }),
  },
});
const textOf = (row: OutboxRow): string => row.value.toString('utf8', 1);

function append(...messages: OutboxMessage[]): Promise<void> {
  return database.transaction((sql) => new PostgresOutboxAppender(sql).append(messages));
}

/** A relay of its own process, as far as the database can tell. */
function startRelay(publisher: EventPublisher): OutboxRelay {
  const store = new StreamingOutboxStore({
    ...{ database, url: scratch.url, schema, clock: systemClock, logger: silentLogger, onRows: () => relay.wake() },
  });
  const relay: OutboxRelay = new OutboxRelay({
    ...{ store, publisher, clock: systemClock, logger: silentLogger, metrics: noMetrics, owner: randomUUID() },
    ...{ batchSize: 50, leaseTtlMs: 1_000, maxPollMs: 500, metricsEveryMs: 500 },
    onFatal: (error) => {
      throw error;
    },
  });
  relays.push(relay);
  relay.start();
  return relay;
}

interface Slot {
  readonly name: string;
  readonly active: boolean;
  readonly confirmed: string;
}

function slots(): Promise<Slot[]> {
  return database.query<Slot>(
    `SELECT slot_name AS name, active, (confirmed_flush_lsn - '0/0')::text AS confirmed
     FROM pg_replication_slots WHERE database = current_database()`,
  );
}

async function dropSlot(name: string): Promise<void> {
  await eventually(async () => expect((await slots()).filter((slot) => slot.active)).toEqual([]));
  await database.query('SELECT pg_drop_replication_slot($1)', [name]);
}

/** Whatever failed, a server has ten slots for all tests, and a database with one can't be dropped. */
async function dropAllSlots(): Promise<void> {
  const own = 'FROM pg_replication_slots WHERE database = current_database()';
  await database.query(`SELECT pg_terminate_backend(active_pid, 5000) ${own} AND active_pid IS NOT NULL`);
  await database.query(`SELECT pg_drop_replication_slot(slot_name) ${own}`);
}

async function eventually(assertion: () => Promise<void>, timeoutMs = 20_000): Promise<void> {
  for (const endsAt = Date.now() + timeoutMs; ; await systemClock.sleep(20))
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > endsAt) throw error;
    }
}

const untilStreaming = (): Promise<void> =>
  eventually(async () => expect(await slots()).toEqual([expect.objectContaining({ active: true })]));
const untilDrained = (): Promise<void> =>
  eventually(async () => expect(await database.query('SELECT sequence FROM outbox')).toEqual([]));

describe('the streaming reader', () => {
  test('brings what is committed, byte for byte, in far less than a poll', async () => {
    const log: OutboxRow[] = [];
    startRelay({ publish: async (rows) => void log.push(...rows) });
    await untilStreaming();
    await append(aMessage('warm', 'up'));
    await untilDrained();
    await systemClock.sleep(1_500); // the relay's own pause is half a second now
    const askedAtMs = Date.now();
    await append(aMessage('kü', '日本'), aMessage('k', ''));
    await eventually(async () => expect(log).toHaveLength(3));
    expect(Date.now() - askedAtMs).toBeLessThan(250);
    expect(log.slice(1).map(({ sequence: _, ...row }) => row)).toMatchObject([
      aMessage('kü', '日本'),
      aMessage('k', ''),
    ]);
    await untilDrained();
  });

  test('with late commits, two relays and a failing publisher: nothing is lost, each key keeps its order and ends with its newest', async () => {
    const log: OutboxRow[] = [];
    let calls = 0;
    const publisher = {
      publish: async (rows: readonly OutboxRow[]): Promise<void> => {
        calls += 1;
        if (calls % 9 === 0) throw new HubError('HUB_BROKER_UNREACHABLE', 'planted before');
        log.push(...rows.map((row) => ({ ...row, value: Buffer.from(row.value) })));
        if (calls % 14 === 0) throw new HubError('HUB_BROKER_UNREACHABLE', 'planted after');
      },
    };
    startRelay(publisher);
    startRelay(publisher);
    await untilStreaming();
    await Promise.all([0, 1, 2, 3, 4, 5].map((writer) => write(writer, 40)));
    await untilDrained();
    for (const key of ['k0', 'k1', 'k2']) {
      const values = log.filter((row) => row.key === key).map((row) => Number(textOf(row)));
      expect([...new Set(values)]).toEqual(Array.from({ length: 80 }, (_, index) => index));
      expect(values.at(-1)).toBe(79);
    }
  });

  test('confirms nothing before the broker has it, and everything after', async () => {
    let release = (): void => undefined;
    const publishing = new Promise<void>((resolve) => (release = resolve));
    startRelay({ publish: () => publishing });
    await untilStreaming();
    const [before] = await slots();
    await append(aMessage('k', '1'));
    const [{ lsn } = { lsn: '0' }] = await database.query<{ lsn: string }>(
      `SELECT (pg_current_wal_insert_lsn() - '0/0')::text AS lsn`,
    );
    await systemClock.sleep(6_000); // a status is sent every five seconds
    expect(BigInt((await slots())[0]?.confirmed ?? 0)).toBeLessThan(BigInt(lsn));
    expect(before).toBeDefined();
    release();
    await untilDrained();
    await eventually(async () =>
      expect(BigInt((await slots())[0]?.confirmed ?? 0)).toBeGreaterThanOrEqual(BigInt(lsn)),
    );
  });

  test('a lost slot is made anew, and what it would have brought comes from the table, before what is newer', async () => {
    const first = startRelay({ publish: async () => undefined });
    await untilStreaming();
    await first.stop();
    const [slot] = await slots();
    await append(aMessage('k', '1'), aMessage('l', '1'));
    await dropSlot(slot?.name ?? '');
    await append(aMessage('k', '2'));
    const log: string[] = [];
    startRelay({ publish: async (rows) => void log.push(...rows.map((row) => row.key + textOf(row))) });
    await untilStreaming();
    await append(aMessage('k', '3'));
    await untilDrained();
    expect(log).toEqual(['k1', 'l1', 'k2', 'k3']);
  });

  test('rows older than the slot that a killed relay published and did not remove stay before what is newer', async () => {
    let die = (): void => undefined;
    const killed = new Promise<void>((_, reject) => {
      die = () => reject(new HubError('HUB_BROKER_UNREACHABLE', 'killed'));
    });
    await append(aMessage('k', '1'));
    const first = startRelay({ publish: () => killed }); // makes the slot, which will never bring the row
    await untilStreaming();
    await append(aMessage('k', '2'));
    die();
    await first.stop();
    const log: string[] = [];
    startRelay({ publish: async (rows) => void log.push(...rows.map(textOf)) });
    await append(aMessage('k', '3'));
    await untilDrained();
    expect(log).toEqual(['1', '2', '3']);
  });

  test('rows that the stream does not bring, whatever the reason, are noticed and come from the table', async () => {
    const log: string[] = [];
    startRelay({ publish: async (rows) => void log.push(...rows.map(textOf)) });
    await untilStreaming();
    await append(aMessage('k', '1'));
    await untilDrained();
    const [slot] = await slots();
    await database.query(`ALTER PUBLICATION "${slot?.name}" DROP TABLE "${schema}".outbox`);
    await append(aMessage('k', '2'));
    await untilDrained();
    expect(log).toEqual(['1', '2']);
  });

  test('after a backlog, nothing of it comes again by the stream, and a row that commits late comes before what is newer', async () => {
    const first = startRelay({ publish: async () => undefined });
    await untilStreaming();
    await first.stop();
    let commit = (): void => undefined;
    const held = new Promise<void>((resolve) => (commit = resolve));
    let hasDrawn = (): void => undefined;
    const drawn = new Promise<void>((resolve) => (hasDrawn = resolve));
    const late = database.transaction(async (sql) => {
      await new PostgresOutboxAppender(sql).append([aMessage('late', 'late')]);
      hasDrawn();
      await held;
    });
    await drawn;
    for (let from = 0; from < 12_000; from += 1_000)
      await append(...Array.from({ length: 1_000 }, (_, index) => aMessage(`k${index}`, String(from + index))));
    const log: string[] = [];
    startRelay({ publish: async (rows) => void log.push(...rows.map(textOf)) });
    await eventually(async () => expect(log).toHaveLength(12_000));
    expect(await slots()).toEqual([expect.objectContaining({ active: false })]); // who drew a number may commit it
    commit();
    await late;
    await untilStreaming();
    await append(aMessage('late', 'newer'));
    await untilDrained();
    expect(log.slice(12_000)).toEqual(['late', 'newer']);
    expect(log.slice(0, 12_000)).toEqual(Array.from({ length: 12_000 }, (_, index) => String(index)));
  }, 60_000);

  test('a page that is cut by its bytes is not taken for the end of what is pending', async () => {
    const first = startRelay({ publish: async () => undefined });
    await untilStreaming();
    await first.stop();
    const large = Array.from({ length: 9 }, (_, index) => ({
      ...aMessage('k', String(index)),
      value: Buffer.concat([Buffer.from(`\u0000${index}`), Buffer.alloc(800_000, ' ')]),
    }));
    for (const message of large) await append(message);
    const log: string[] = [];
    startRelay({ publish: async (rows) => void log.push(...rows.map((row) => textOf(row).trim())) });
    await untilStreaming();
    await append(aMessage('k', '9'));
    await untilDrained();
    expect(log).toEqual(Array.from({ length: 10 }, (_, index) => String(index)));
  });

  test('while another session has the slot, the leader reads the table; then it streams', async () => {
    const first = startRelay({ publish: async () => undefined });
    await untilStreaming();
    await first.stop();
    const [slot] = await slots();
    const other = await occupy(slot?.name ?? '');
    const log: string[] = [];
    startRelay({ publish: async (rows) => void log.push(...rows.map(textOf)) });
    await append(aMessage('k', '1'));
    await untilDrained();
    await other.end();
    await untilStreaming();
    await append(aMessage('k', '2'));
    await untilDrained();
    expect(log).toEqual(['1', '2']);
  });

  test('rows that the polling reader removed meanwhile are not published again', async () => {
    const first = startRelay({ publish: async () => undefined });
    await untilStreaming();
    await first.stop();
    await append(...Array.from({ length: 120 }, (_, index) => aMessage('k', String(index))));
    await database.query(
      'DELETE FROM outbox WHERE sequence IN (SELECT sequence FROM outbox ORDER BY sequence LIMIT 100)',
    );
    const log: string[] = [];
    startRelay({ publish: async (rows) => void log.push(...rows.map(textOf)) });
    await untilDrained();
    expect(log).toEqual(Array.from({ length: 20 }, (_, index) => String(100 + index)));
  });
});

/** Streams from a slot and confirms nothing. */
async function occupy(slot: string): Promise<{ end(): Promise<void> }> {
  const { default: pg } = await import('pg');
  const config = { connectionString: scratch.url, replication: 'database' };
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  await client.connect();
  const command = `START_REPLICATION SLOT "${slot}" LOGICAL 0/0 (proto_version '1', publication_names '"${slot}"')`;
  client.query(command).catch(() => undefined);
  await untilStreaming();
  return { end: () => client.end() };
}

function write(writer: number, transactions: number): Promise<void> {
  return writeLate(database, { writer, transactions, lateMs: 20, toMessage: aMessage });
}
