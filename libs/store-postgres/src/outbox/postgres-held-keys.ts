import type { HeldKey, HeldKeys } from '#outbox';
import type { Sql } from '../database.js';

interface HeldRow {
  readonly key: string;
  readonly partition: number;
  readonly first_offset: string;
  readonly code: string;
  readonly reason: string;
}

const FIND =
  'SELECT key, partition, first_offset, code, reason FROM held_key WHERE topic = $1 AND key = ANY($2::text[])';
const HOLD = `
  INSERT INTO held_key (topic, key, partition, first_offset, last_offset, code, reason) VALUES ($1, $2, $3, $4, $4, $5, $6)
  ON CONFLICT (topic, key) DO NOTHING`;
const MOVE = `
  UPDATE held_key SET first_offset = $3, last_offset = GREATEST(last_offset, $3), code = $4, reason = $5
  WHERE topic = $1 AND key = $2 AND first_offset < $3`;
/** Locks the row: a release at the same time sees the new offset and fails, or is first and leaves no row. */
const ADD =
  'UPDATE held_key SET last_offset = GREATEST(last_offset, $3) WHERE topic = $1 AND key = $2 RETURNING last_offset';
const FIND_LAST = 'SELECT last_offset FROM held_key WHERE topic = $1 AND key = $2';
const RELEASE = 'DELETE FROM held_key WHERE topic = $1 AND key = $2 AND last_offset <= $3';

/** Held keys of a service, one statement a call: give it the database itself, never a transaction. */
export class PostgresHeldKeys implements HeldKeys {
  constructor(private readonly sql: Sql) {}

  async findHeld(topic: string, keys: readonly string[]): Promise<ReadonlyMap<string, HeldKey>> {
    const rows = await this.sql.query<HeldRow>(FIND, [topic, keys]);
    return new Map(
      rows.map(({ first_offset: first, ...row }) => [row.key, { ...row, topic, firstOffset: BigInt(first) }]),
    );
  }

  async hold({ topic, key, partition, firstOffset, code, reason }: HeldKey): Promise<void> {
    await this.sql.query(HOLD, [topic, key, partition, String(firstOffset), code, reason]);
  }

  async moveOn({ topic, key, firstOffset, code, reason }: HeldKey): Promise<void> {
    await this.sql.query(MOVE, [topic, key, String(firstOffset), code, reason]);
  }

  async addHeld(topic: string, key: string, offset: bigint): Promise<boolean> {
    const rows = await this.sql.query(ADD, [topic, key, String(offset)]);
    return rows.length > 0;
  }

  async findLastHeld(topic: string, key: string): Promise<bigint | null> {
    const [row] = await this.sql.query<{ last_offset: string }>(FIND_LAST, [topic, key]);
    return row ? BigInt(row.last_offset) : null;
  }

  async release(topic: string, key: string, upTo: bigint): Promise<boolean> {
    await this.sql.query(RELEASE, [topic, key, String(upTo)]);
    return (await this.findLastHeld(topic, key)) === null;
  }
}
