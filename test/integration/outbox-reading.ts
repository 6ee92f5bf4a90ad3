import { randomUUID } from 'node:crypto';
import { HubError, noMetrics, silentLogger, systemClock } from '#kernel';
import { encodeHeaders, OutboxRelay, type EventPublisher, type OutboxMessage, type OutboxRow } from '#outbox';
import { CreateOutboxTables, Database, openOutboxStore, PostgresOutboxAppender } from '#store-postgres';
import { unique } from '../harness/servers.js';

export type Reader = 'polling' | 'streaming';
export const READERS = ['polling', 'streaming'] as const;

/** An outbox of its own with relays, which are as many processes as far as the database can tell. */
export class OutboxUnderTest {
  private readonly relays: OutboxRelay[] = [];
  private readonly connections: Database[] = [];

  private constructor(
    readonly database: Database,
    readonly reader: Reader,
  ) {}

  static async open(url: string, reader: Reader, schema = unique('traps')): Promise<OutboxUnderTest> {
    const database = await Database.connect({ url, schema, applicationName: 'traps' }, [CreateOutboxTables]);
    await database.migrate();
    return new OutboxUnderTest(database, reader);
  }

  append(...messages: OutboxMessage[]): Promise<void> {
    return this.database.transaction((sql) => new PostgresOutboxAppender(sql).append(messages));
  }

  /** Starts a relay with connections of its own, named `application`. */
  async startRelay(publisher: EventPublisher, application = 'relay'): Promise<OutboxRelay> {
    const { url, schema } = this.database.place;
    const options = { url, schema, applicationName: application, poolSize: 3 };
    const database = await Database.connect(options, [CreateOutboxTables]);
    this.connections.push(database);
    const base = { clock: systemClock, logger: silentLogger };
    const store = openOutboxStore(database, { ...base, reader: this.reader, onRows: () => relay.wake() });
    const relay: OutboxRelay = new OutboxRelay({
      ...{ ...base, store, publisher, metrics: noMetrics, owner: randomUUID(), batchSize: 50, leaseTtlMs: 1_500 },
      ...{ maxPollMs: 200, metricsEveryMs: 500 },
      onFatal: (error: HubError) => {
        throw error;
      },
    });
    this.relays.push(relay);
    relay.start();
    return relay;
  }

  /** Until the reader under test is the one that reads. */
  async untilReading(): Promise<void> {
    if (this.reader === 'streaming') await eventually(async () => (await this.slots()).some(({ active }) => active));
  }

  untilDrained(): Promise<void> {
    return eventually(async () => (await this.database.query('SELECT FROM outbox LIMIT 1')).length === 0);
  }

  slots(): Promise<{ readonly slot_name: string; readonly active: boolean; readonly kept: string }[]> {
    return this.database.query(
      `SELECT slot_name, active, (pg_current_wal_lsn() - confirmed_flush_lsn)::text AS kept
       FROM pg_replication_slots WHERE database = current_database()`,
    );
  }

  /** Ends everything, slots too: a server has few. */
  async close(): Promise<void> {
    for (const relay of this.relays) await relay.stop();
    for (const database of this.connections) await database.close();
    const own = 'FROM pg_replication_slots WHERE database = current_database()';
    await this.database.query(`SELECT pg_terminate_backend(active_pid, 5000) ${own} AND active_pid IS NOT NULL`);
    await this.database.query(`SELECT pg_drop_replication_slot(slot_name) ${own}`);
    await this.database.close();
  }
}

export const aMessage = (key: string, text: string, topic = 't'): OutboxMessage => ({
  topics: [topic],
  key,
  value: Buffer.from(text),
  headers: encodeHeaders({}),
});

/** A publisher that keeps what it was given, by its text. */
export function logging(log: string[]): EventPublisher {
  return { publish: async (rows: readonly OutboxRow[]) => void log.push(...rows.map(({ value }) => value.toString())) };
}

/** Waits until it is so. */
export async function eventually(isSo: () => Promise<boolean> | boolean, timeoutMs = 30_000): Promise<void> {
  for (const endsAt = Date.now() + timeoutMs; !(await isSo()); await systemClock.sleep(20))
    if (Date.now() > endsAt) throw new Error(`not within ${timeoutMs} ms: ${isSo.toString()}`);
}

/** The texts `from` … `to - 1`. */
export const texts = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => String(from + index));
