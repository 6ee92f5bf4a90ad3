import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { HubError, systemClock } from '#kernel';
import { PostgresOutboxAppender, PostgresOutboxStore, PostgresParkedKeys } from '#store-postgres';
import { createDatabase, unique, type ScratchDatabase } from '../harness/servers.js';
import { aMessage, eventually, logging, OutboxUnderTest, READERS, texts } from './outbox-reading.js';

let scratch: ScratchDatabase;
beforeAll(async () => {
  scratch = await createDatabase('outbox_traps');
});
afterAll(() => scratch.drop());

describe.each(READERS)('the %s reader', (reader) => {
  let outbox: OutboxUnderTest;
  let log: string[];
  beforeEach(async () => {
    log = [];
    outbox = await OutboxUnderTest.open(scratch.url, reader);
  });
  afterEach(() => outbox.close());

  describe('trap 3: positions that mean nothing after a restore', () => {
    test('rows that were pending are sent from another cluster, where transaction ids and WAL positions are others', async () => {
      await outbox.append(...texts(0, 30).map((text) => aMessage('k', text)));
      const restored = await createDatabase('outbox_restored');
      const there = await OutboxUnderTest.open(restored.url, reader);
      try {
        const rows = await outbox.database.query<{ sequence: string; value: Buffer; headers: Buffer }>(
          'SELECT sequence, value, headers FROM outbox',
        );
        for (const { sequence, value, headers } of rows)
          await there.database.query(
            `INSERT INTO outbox (sequence, shard, topics, key, value, headers) OVERRIDING SYSTEM VALUE
             VALUES ($1, 0, 't', 'k', $2, $3)`,
            [sequence, value, headers],
          );
        await there.database.query(`SELECT setval(pg_get_serial_sequence('outbox', 'sequence'), 30)`);
        await there.startRelay(logging(log));
        await there.append(aMessage('k', '30'));
        await there.untilDrained();
        expect(log).toEqual(texts(0, 31));
      } finally {
        await there.close();
        await restored.drop();
      }
    });
  });

  describe('trap 4: gaps', () => {
    test('neither a number that is never used nor one that is still open makes others wait; the open one is sent when it commits', async () => {
      await outbox.startRelay(logging(log));
      await outbox.untilReading();
      let commit = (): void => undefined;
      const open = outbox.database.transaction(async (sql) => {
        await new PostgresOutboxAppender(sql).append([aMessage('late', 'late')]);
        await new Promise<void>((resolve) => (commit = resolve));
      });
      const rolledBack = outbox.database.transaction(async (sql) => {
        await new PostgresOutboxAppender(sql).append([aMessage('gone', 'gone')]);
        throw new HubError('HUB_VERSION_CONFLICT', 'planted');
      });
      await expect(rolledBack).rejects.toThrow('planted');
      for (const text of texts(0, 10)) await outbox.append(aMessage('k', text));
      await eventually(() => log.length === 10);
      await systemClock.sleep(2_500); // longer than anything that the reader knows of it may be kept
      commit();
      await open;
      await outbox.append(aMessage('k', '10'));
      await outbox.untilDrained();
      expect(log.filter((text) => text !== 'late')).toEqual(texts(0, 11));
      expect(log.filter((text) => text === 'late')).toHaveLength(1);
    });
  });

  describe('trap 8: a leader that does not know that it lost its sessions', () => {
    test('another takes over; what the first still sends is a repeat, and it removes nothing any more', async () => {
      let sendLate = (): void => undefined;
      const late = new Promise<void>((resolve) => (sendLate = resolve));
      const isBlocked = new Promise<void>((blocked) => {
        void outbox.startRelay({ publish: () => (blocked(), late) }, 'deaf');
      });
      await outbox.append(...texts(0, 5).map((text) => aMessage('k', text)));
      await isBlocked;
      await outbox.database.query(`ALTER TABLE outbox_shard RENAME TO outbox_shard_away`); // its renewals fail from here
      await outbox.database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%deaf%'`,
      );
      await systemClock.sleep(1_600); // the lease ends
      await outbox.database.query(`ALTER TABLE outbox_shard_away RENAME TO outbox_shard`);
      await outbox.database.query(`UPDATE outbox_shard SET owner = 'other', epoch = epoch + 1`);
      await outbox.startRelay(logging(log));
      await outbox.append(aMessage('k', '5'));
      await outbox.untilDrained();
      sendLate();
      expect([...new Set(log)]).toEqual(texts(0, 6));
      expect(log.at(-1)).toBe('5');
    });
  });

  describe('trap 10: acknowledging what was received', () => {
    test('what a relay had received and not published when it ended is published by the next', async () => {
      let die = (): void => undefined;
      const dead = new Promise<never>((_, reject) => {
        die = () => reject(new HubError('HUB_BROKER_UNREACHABLE', 'planted'));
      });
      const stuck = await outbox.startRelay({ publish: () => dead });
      await outbox.untilReading();
      for (const text of texts(0, 5)) await outbox.append(aMessage('k', text));
      await systemClock.sleep(5_500); // a streaming reader tells PostgreSQL every five seconds what it has
      die();
      await stuck.stop();
      await outbox.startRelay(logging(log));
      await outbox.untilDrained();
      expect(log).toEqual(texts(0, 5));
    });
  });

  describe('trap 11: numbers that are sorted as text', () => {
    test('rows come in the order of their numbers where these grow by a digit', async () => {
      await outbox.database.query('ALTER TABLE outbox ALTER COLUMN sequence RESTART WITH 95');
      await outbox.append(...texts(0, 300).map((text) => aMessage('k', text)));
      await outbox.database.query('ALTER TABLE outbox ALTER COLUMN sequence RESTART WITH 99990');
      await outbox.append(...texts(300, 400).map((text) => aMessage('k', text)));
      await outbox.startRelay(logging(log));
      await outbox.untilReading();
      await outbox.database.query('ALTER TABLE outbox ALTER COLUMN sequence RESTART WITH 999990');
      await outbox.append(...texts(400, 500).map((text) => aMessage('k', text)));
      await outbox.untilDrained();
      expect(log).toEqual(texts(0, 500));
    });
  });

  describe('trap 13: a broker that is away', () => {
    test('is no attempt that counts: nothing is parked or skipped, and what waits is not kept in memory', async () => {
      let [isAway, attempts] = [true, 0];
      const publisher = logging(log);
      await outbox.startRelay({
        publish: async (rows) => {
          attempts += 1;
          if (isAway) throw new HubError('HUB_BROKER_UNREACHABLE', 'planted');
          await publisher.publish(rows.map((row) => ({ ...row, value: row.value.subarray(0, 4) })));
        },
      });
      await outbox.untilReading();
      const appendSome = (from: number): Promise<void> =>
        outbox.append(
          ...texts(from, from + 100).map((text) => aMessage('k', text.padStart(4, '0') + 'x'.repeat(20_000))),
        );
      await appendSome(0); // whatever the driver keeps for a statement of this size
      const before = heldBytes();
      for (let from = 100; from < 4_000; from += 100) await appendSome(from);
      await eventually(() => attempts >= 5);
      // 80 MB wait; a page of 50 rows has 1 MB, and a stream is read 4 MB ahead, twice while it is copied. One collection
      // need not free all the bytes of what it found to be garbage
      await eventually(() => heldBytes() - before < 40_000_000);
      expect(await new PostgresParkedKeys(outbox.database).findParked(1)).toEqual([]);
      isAway = false;
      await outbox.untilDrained();
      expect(log.map(Number)).toEqual(texts(0, 4_000).map(Number));
    });
  });

  describe('trap 17: one large transaction', () => {
    test('comes whole and in order, and what commits while it is open or after it comes too', async () => {
      await outbox.startRelay(logging(log));
      await outbox.untilReading();
      await outbox.database.transaction(async (sql) => {
        for (let from = 0; from < 20_000; from += 2_000)
          await new PostgresOutboxAppender(sql).append(
            texts(from, from + 2_000).map((text) => aMessage(`big ${text.slice(-1)}`, text)),
          );
        await outbox.append(aMessage('small', 'during'));
        await eventually(() => log.includes('during'));
      });
      await outbox.append(aMessage('small', 'after'));
      await outbox.untilDrained();
      for (const digit of texts(0, 10))
        expect(log.filter((text) => text.endsWith(digit))).toEqual(
          texts(0, 20_000).filter((text) => text.endsWith(digit)),
        );
      expect(log.filter((text) => /\D/.test(text))).toEqual(['during', 'after']);
    });
  });
});

describe('trap 5: a snapshot that somebody holds', () => {
  test('removed rows that nobody may forget do not make a poll read them', async () => {
    const outbox = await OutboxUnderTest.open(scratch.url, 'polling', unique('held'));
    const holder = new pg.Client({ connectionString: scratch.url });
    try {
      await holder.connect();
      await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await holder.query('SELECT txid_current()');
      const store = new PostgresOutboxStore(outbox.database, 1, 0);
      const lease = await store.acquire(0, 'test', 60_000);
      if (!lease) throw new Error('no lease');
      for (let round = 0; round < 10; round += 1) {
        await outbox.append(...texts(0, 2_000).map((text) => aMessage('k', text)));
        const rows = await store.findPending(lease, 2_000, []);
        await store.markSent(
          lease,
          rows.map((row) => row.sequence),
        );
      }
      expect(await store.findPending(lease, 10, [])).toEqual([]);
      expect(await store.findPending(lease, 10, [])).toEqual([]);
      await outbox.append(aMessage('k', 'last'));
      const read = await readBuffers(outbox, async () => {
        expect(await store.findPending(lease, 10, [])).toHaveLength(1);
      });
      expect(read).toBeLessThan(60); // 20,000 dead rows lie on about 1,000 pages
    } finally {
      await holder.end();
      await outbox.close();
    }
  });
});

/** Bytes of buffers that something still refers to. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}

/** Buffers that the statement of a page touches, by running it again under EXPLAIN. */
async function readBuffers(outbox: OutboxUnderTest, find: () => Promise<void>): Promise<number> {
  const { database } = outbox;
  const copyOut = database.copyOut.bind(database);
  let asked = '';
  database.copyOut = (text, into, mostBytes) => ((asked = text), copyOut(text, into, mostBytes));
  await find();
  const query = asked.slice(asked.indexOf('(') + 1, asked.lastIndexOf(') TO STDOUT'));
  const lines = await database.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) ${query}`);
  const buffers = lines.map((line) => /Buffers: shared (?:hit=(\d+))?/.exec(line['QUERY PLAN'])?.[1]);
  return Number(buffers.find((found) => found !== undefined));
}
