import pg from 'pg';
import type { Database } from '#store-postgres';
import type { Play, SteppedRelay } from './outbox-interleavings.js';

interface Found {
  readonly sequence: string;
  readonly key: string;
  readonly value: Buffer;
}

/** Steps of one relay, for ever; each tells whether the relay found nothing. */
type Cycle = AsyncGenerator<'idle' | 'busy', never>;

class CycleRelay implements SteppedRelay {
  private isIdle = false;

  constructor(
    private readonly cycle: Cycle,
    private readonly end: () => Promise<void> = async () => undefined,
  ) {}

  async step(): Promise<void> {
    this.isIdle = (await this.cycle.next()).value === 'idle';
  }

  async isDone(): Promise<boolean> {
    return this.isIdle;
  }

  close(): Promise<void> {
    return this.end();
  }
}

const SELECT = 'SELECT sequence::text AS number, sequence, key, value FROM outbox';

const publish = (play: Play, rows: readonly Found[]): unknown =>
  play.publish(
    rows.map(({ sequence, key, value }) => ({
      ...{ sequence: BigInt(sequence), topics: ['t'], key, value },
      headers: Buffer.alloc(0) as never,
    })),
  );

const remove = 'DELETE FROM outbox WHERE sequence = ANY ($1::bigint[])';
const numbers = (rows: readonly Found[]): string => `{${rows.map((row) => row.sequence).join()}}`;

/** Reads by a cursor, sequence > last: a number drawn early and committed late is passed. */
export async function cursorRelay(database: Database, play: Play): Promise<SteppedRelay[]> {
  let last = await lastDrawn(database);
  async function* cycle(): Cycle {
    for (;;) {
      const rows = await database.query<Found>(`${SELECT} WHERE sequence > $1 ORDER BY outbox.sequence LIMIT 2`, [
        last,
      ]);
      yield rows.length === 0 ? 'idle' : 'busy';
      if (rows.length === 0) continue;
      publish(play, rows);
      last = rows.at(-1)?.sequence ?? last;
      yield 'busy';
    }
  }
  return [new CycleRelay(cycle())];
}

/** As `cursorRelay`, but waits at a gap for three polls, then skips it. */
export async function gapTimeoutRelay(database: Database, play: Play): Promise<SteppedRelay[]> {
  let last = BigInt(await lastDrawn(database));
  let patience = 3;
  async function* cycle(): Cycle {
    for (;;) {
      const text = `${SELECT} WHERE sequence > $1 ORDER BY outbox.sequence LIMIT 2`;
      const rows = await database.query<Found>(text, [String(last)]);
      const isGap = rows[0] !== undefined && BigInt(rows[0].sequence) !== last + 1n;
      yield rows.length === 0 ? 'idle' : 'busy';
      if (rows.length === 0 || (isGap && (patience -= 1) > 0)) continue;
      const [first] = rows;
      publish(play, first ? [first] : []);
      [last, patience] = [BigInt(first?.sequence ?? last), 3];
      yield 'busy';
    }
  }
  return [new CycleRelay(cycle())];
}

/** Only rows behind the oldest open transaction, in the order (transaction id, sequence): loses nothing, breaks the order. */
export async function transactionIdRelay(database: Database, play: Play): Promise<SteppedRelay[]> {
  const text = `${SELECT} WHERE xmin::text::bigint < pg_snapshot_xmin(pg_current_snapshot())::text::bigint % 4294967296
    ORDER BY xmin::text::bigint, outbox.sequence LIMIT 2`;
  async function* cycle(): Cycle {
    for (;;) {
      const rows = await database.query<Found>(text);
      yield rows.length === 0 ? 'idle' : 'busy';
      if (rows.length === 0) continue;
      publish(play, rows);
      yield 'busy';
      await database.query(remove, [numbers(rows)]);
      yield 'busy';
    }
  }
  return [new CycleRelay(cycle())];
}

/** Two relays that share the rows by FOR UPDATE SKIP LOCKED: the later row of a key passes the earlier. */
export async function skipLockedRelays(database: Database, play: Play): Promise<SteppedRelay[]> {
  return Promise.all([skipLockedRelay(database, play), skipLockedRelay(database, play)]);
}

async function skipLockedRelay(database: Database, play: Play): Promise<SteppedRelay> {
  const { url, schema } = database.place;
  const client = new pg.Client({ connectionString: url, options: `-c search_path=${schema}` });
  await client.connect();
  async function* cycle(): Cycle {
    for (;;) {
      await client.query('BEGIN');
      const { rows } = await client.query<Found>(`${SELECT} ORDER BY outbox.sequence LIMIT 1 FOR UPDATE SKIP LOCKED`);
      yield rows.length === 0 ? 'idle' : 'busy';
      publish(play, rows);
      yield rows.length === 0 ? 'idle' : 'busy';
      await client.query(remove, [numbers(rows)]);
      await client.query('COMMIT');
      yield rows.length === 0 ? 'idle' : 'busy';
    }
  }
  return new CycleRelay(cycle(), () => client.end());
}

async function lastDrawn(database: Database): Promise<string> {
  const [row] = await database.query<{ last: string }>(
    `SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('outbox', 'sequence')::regclass), 0)::text AS last`,
  );
  return row?.last ?? '0';
}
