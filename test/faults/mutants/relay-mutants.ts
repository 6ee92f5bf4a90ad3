import type { OutboxRow, OutboxStore, ShardLease } from '#outbox';
import type { Database } from '#store-postgres';
import { fieldOf, findClass, replaceMethod, type Planted } from './planting.js';

type Store = Pick<OutboxStore, 'findPending' | 'markSent'>;

const EVERY = 100_000;
const RELAYS = /^(golden|connector-.*)$/;

/** The rows are the caller's only until they are marked; a mutant marks them when it likes. */
function copyOf(rows: readonly OutboxRow[]): OutboxRow[] {
  return rows.map((row) => ({
    ...row,
    value: Buffer.from(row.value),
    headers: Buffer.from(row.headers) as typeof row.headers,
  }));
}

function sequencesOf(rows: readonly OutboxRow[]): bigint[] {
  return rows.map(({ sequence }) => sequence);
}

/** Gives relays another store than they were made with, once they start. */
async function plantStore(wrap: (store: OutboxStore, database: Database) => Store): Promise<void> {
  const relay = await findClass('libs/outbox/src/outbox-relay.js', 'OutboxRelay');
  replaceMethod<{ options: { store: OutboxStore } }, [], void>(relay, 'start', (start) => (self) => {
    const { store } = self.options;
    const wrapped = Object.assign(Object.create(store) as OutboxStore, wrap(store, fieldOf(store, 'database')));
    self.options = { ...self.options, store: wrapped };
    start(self);
  });
}

async function markBeforeProduce(): Promise<void> {
  await plantStore((store) => ({
    findPending: async (lease, limit, except) => {
      const rows = copyOf(await store.findPending(lease, limit, except));
      if (rows.length > 0) await store.markSent(lease, sequencesOf(rows));
      return rows;
    },
    markSent: async () => undefined,
  }));
}

/** Reads behind the last row that it read, and cleans up to the last that it sent. */
async function cursorRelay(): Promise<void> {
  await plantStore((store, database) => {
    let [read, sent] = [0n, 0n];
    return {
      findPending: async (lease, limit, except) => {
        if (except.length === 0) read = sent;
        const all = copyOf(await store.findPending(lease, EVERY, []));
        const rows = all.filter(({ sequence }) => sequence > read).slice(0, limit);
        read = rows.at(-1)?.sequence ?? read;
        if (rows.length === 0) await database.query('DELETE FROM outbox WHERE sequence <= $1', [String(sent)]);
        return rows;
      },
      markSent: async (_lease, sequences) => {
        sent = sequences.at(-1) ?? sent;
        await database.query('DELETE FROM outbox WHERE sequence <= $1', [String(sent)]);
      },
    };
  });
}

/** Reads what is behind every open transaction, in the order of transactions: nothing is lost by it. */
const ORDER_OF_TRANSACTIONS = `
  SELECT sequence::text FROM outbox
  WHERE xmin::text::bigint < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  ORDER BY xmin::text::bigint, sequence`;

async function transactionRelay(): Promise<void> {
  await plantStore((store, database) => ({
    findPending: async (lease, limit, except) => {
      const order = await database.query<{ readonly sequence: string }>(ORDER_OF_TRANSACTIONS);
      const all = copyOf(await store.findPending(lease, EVERY, except));
      const found = new Map(all.map((row) => [row.sequence, row]));
      return order.flatMap(({ sequence }) => found.get(BigInt(sequence)) ?? []).slice(0, limit);
    },
    markSent: (lease, sequences) => store.markSent(lease, sequences),
  }));
}

const CLAIMS = `
  CREATE TABLE IF NOT EXISTS planted_claim (sequence bigint PRIMARY KEY, at timestamptz NOT NULL)`;
const CLAIM = `
  INSERT INTO planted_claim (sequence, at)
  SELECT sequence, clock_timestamp() FROM (
    SELECT o.sequence FROM outbox o
    WHERE NOT EXISTS (SELECT FROM planted_claim c
      WHERE c.sequence = o.sequence AND c.at > clock_timestamp() - interval '5 seconds')
    ORDER BY o.sequence LIMIT $1 FOR UPDATE SKIP LOCKED) AS free
  ON CONFLICT (sequence) DO UPDATE SET at = excluded.at RETURNING sequence::text`;
const PAGE = 4;

/** Every relay publishes, each the rows that no other one holds; a dead one's claims end. */
async function skipLocked(): Promise<void> {
  const postgres = await findClass('libs/store-postgres/src/outbox/postgres-outbox-store.js', 'PostgresOutboxStore');
  replaceMethod<OutboxStore, [number, string, number], Promise<ShardLease | null>>(
    postgres,
    'acquire',
    () => async (_self, shard, owner) => ({ shard, owner, epoch: 1n }),
  );
  replaceMethod<OutboxStore, [ShardLease], Promise<void>>(postgres, 'release', () => async () => undefined);
  await plantStore((store, database) => ({
    findPending: async (lease) => {
      await database.query(CLAIMS);
      const claims = await database.query<{ readonly sequence: string }>(CLAIM, [PAGE]);
      const claimed = new Set(claims.map(({ sequence }) => BigInt(sequence)));
      const all = copyOf(await store.findPending(lease, EVERY, []));
      return all.filter(({ sequence }) => claimed.has(sequence));
    },
    markSent: async (_lease, sequences) => {
      await database.query('DELETE FROM outbox WHERE sequence = ANY ($1::bigint[])', [`{${sequences.join()}}`]);
    },
  }));
}

/** Relays that break their promises. */
export const RELAY_MUTANTS = {
  'mark-before-produce': { services: RELAYS, plant: markBeforeProduce },
  'cursor-relay': { services: RELAYS, plant: cursorRelay },
  'transaction-order-relay': { services: /^golden$/, plant: transactionRelay },
  'skip-locked': { services: /^golden$/, plant: skipLocked },
} as const satisfies Record<string, Planted>;
