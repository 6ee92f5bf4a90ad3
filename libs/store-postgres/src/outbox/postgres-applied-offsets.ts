import type { AppliedOffset, AppliedOffsets } from '#outbox';
import type { Sql } from '../database.js';

interface OffsetRow {
  readonly next_offset: string;
}

/** Creates the row at 0 or locks the one that is there, in one statement. */
const LOCK = `
  INSERT INTO applied_offset AS a (topic, partition, next_offset) VALUES ($1, $2, 0)
  ON CONFLICT (topic, partition) DO UPDATE SET next_offset = a.next_offset
  RETURNING next_offset`;

const ADVANCE = `
  INSERT INTO applied_offset AS a (topic, partition, next_offset) VALUES ($1, $2, $3)
  ON CONFLICT (topic, partition) DO UPDATE SET next_offset = GREATEST(a.next_offset, excluded.next_offset)`;

/** Positions of a consumer in the transaction of `sql` (architecture §4.4). */
export class PostgresAppliedOffsets implements AppliedOffsets {
  constructor(private readonly sql: Sql) {}

  /** The partition's next offset, its row locked until the transaction ends; 0n before the first message. */
  async lock(topic: string, partition: number): Promise<bigint> {
    const [row] = await this.sql.query<OffsetRow>(LOCK, [topic, partition]);
    return BigInt(row?.next_offset ?? 0);
  }

  /** Moves the position forward; a lower offset changes nothing. */
  async advance(offset: AppliedOffset): Promise<void> {
    await this.sql.query(ADVANCE, [offset.topic, offset.partition, offset.nextOffset.toString()]);
  }

  /** The position without a lock; null before the first message. */
  async find(topic: string, partition: number): Promise<bigint | null> {
    const text = 'SELECT next_offset FROM applied_offset WHERE topic = $1 AND partition = $2 AND next_offset > 0';
    const [row] = await this.sql.query<OffsetRow>(text, [topic, partition]);
    return row ? BigInt(row.next_offset) : null;
  }

  /** {@link advance} under the name that the batch transport's `positions` expects: passes over a parked message. */
  skipTo(offset: AppliedOffset): Promise<void> {
    return this.advance(offset);
  }
}
