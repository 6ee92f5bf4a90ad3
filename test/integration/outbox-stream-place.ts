import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import pg from 'pg';
import { noMetrics, silentLogger, systemClock } from '#kernel';
import { encodeHeaders, OutboxRelay, type EventPublisher, type OutboxMessage, type OutboxRow } from '#outbox';
import { CreateOutboxTables, Database, PostgresOutboxAppender, StreamingOutboxStore } from '#store-postgres';
import { createDatabase, unique, type ScratchDatabase } from '../harness/servers.js';

/** A slot of the database; `confirmed` is a position in the WAL as a number. */
export interface Slot {
  readonly name: string;
  readonly active: boolean;
  /** Whether a session streams from it. */
  readonly streams: boolean;
  readonly confirmed: string;
}

/** A message to two topics. */
export const aMessage = (key: string, text: string): OutboxMessage => ({
  topics: ['t', 'history'],
  key,
  value: Buffer.from(`\u0000${text}`),
  headers: encodeHeaders({ ce_id: `ü ${text}` }),
});

/** The text of {@link aMessage}. */
export const textOf = (row: OutboxRow): string => row.value.toString('utf8', 1);

/** Repeats an assertion until it holds. */
export async function eventually(assertion: () => Promise<void>, timeoutMs = 20_000): Promise<void> {
  for (const endsAt = Date.now() + timeoutMs; ; await systemClock.sleep(20))
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > endsAt) throw error;
    }
}

/** An outbox for each test of a file, and relays that stream from it. Make it at the top of the file. */
export class StreamPlace {
  schema = '';
  private scratch: ScratchDatabase | null = null;
  private opened: Database | null = null;
  private relays: OutboxRelay[] = [];

  constructor() {
    beforeAll(async () => {
      this.scratch = await createDatabase('outbox_stream');
    });
    beforeEach(async () => {
      this.relays = [];
      this.schema = unique('stream');
      const options = { url: this.url, schema: this.schema, applicationName: 'stream-test', poolSize: 12 };
      this.opened = await Database.connect(options, [CreateOutboxTables]);
      await this.database.migrate();
    });
    afterEach(async () => {
      try {
        for (const relay of this.relays) await relay.stop();
        for (const { name } of await this.slots()) await this.dropSlot(name);
      } finally {
        await this.dropAllSlots();
        await this.database.close();
      }
    });
    afterAll(() => this.scratch?.drop());
  }

  get database(): Database {
    if (!this.opened) throw new Error('the outbox is there inside tests only');
    return this.opened;
  }

  append(...messages: OutboxMessage[]): Promise<void> {
    return this.database.transaction((sql) => new PostgresOutboxAppender(sql).append(messages));
  }

  /** A relay of its own process, as far as the database can tell. */
  startRelay(publisher: EventPublisher): OutboxRelay {
    const { database, url, schema } = this;
    const store = new StreamingOutboxStore({
      ...{ database, url, schema, clock: systemClock, logger: silentLogger, onRows: () => relay.wake() },
    });
    const relay: OutboxRelay = new OutboxRelay({
      ...{ store, publisher, clock: systemClock, logger: silentLogger, metrics: noMetrics, owner: randomUUID() },
      ...{ batchSize: 50, leaseTtlMs: 1_000, maxPollMs: 500, metricsEveryMs: 500 },
      onFatal: (error) => {
        throw error;
      },
    });
    this.relays.push(relay);
    relay.start();
    return relay;
  }

  /** A relay that has made its slot, streamed from it, and ended. */
  async leaveSlot(): Promise<void> {
    const first = this.startRelay({ publish: async () => undefined });
    await this.untilStreaming();
    await first.stop();
  }

  slots(): Promise<Slot[]> {
    return this.database.query<Slot>(
      `SELECT slot_name AS name, active, (confirmed_flush_lsn - '0/0')::text AS confirmed,
         EXISTS (SELECT FROM pg_stat_replication WHERE pid = active_pid) AS streams
       FROM pg_replication_slots WHERE database = current_database()`,
    );
  }

  async dropSlot(name: string): Promise<void> {
    await eventually(async () => expect((await this.slots()).filter((slot) => slot.active)).toEqual([]));
    await this.database.query('SELECT pg_drop_replication_slot($1)', [name]);
  }

  /** Streams from a slot and confirms nothing. */
  async occupy(slot: string): Promise<{ end(): Promise<void> }> {
    const config = { connectionString: this.url, replication: 'database' };
    const client = new pg.Client(config);
    client.on('error', () => undefined);
    await client.connect();
    const command = `START_REPLICATION SLOT "${slot}" LOGICAL 0/0 (proto_version '1', publication_names '"${slot}"')`;
    client.query(command).catch(() => undefined);
    await this.untilStreaming();
    return { end: () => client.end() };
  }

  /** A slot that is being made is active as well: it is confirmed up to where all that ran then has ended. */
  untilStreaming(): Promise<void> {
    return eventually(async () => expect(await this.slots()).toEqual([expect.objectContaining({ streams: true })]));
  }

  untilDrained(): Promise<void> {
    return eventually(async () => expect(await this.database.query('SELECT sequence FROM outbox')).toEqual([]));
  }

  /** Whatever failed, a server has ten slots for all tests, and a database with one can't be dropped. */
  private async dropAllSlots(): Promise<void> {
    const own = 'FROM pg_replication_slots WHERE database = current_database()';
    await this.database.query(`SELECT pg_terminate_backend(active_pid, 5000) ${own} AND active_pid IS NOT NULL`);
    await this.database.query(`SELECT pg_drop_replication_slot(slot_name) ${own}`);
  }

  private get url(): string {
    return this.scratch?.url ?? '';
  }
}
