import type { Sql } from '../database.js';

/** A reset that can be undone. */
export interface OffsetReset {
  readonly id: string;
  /** What the group had committed, by partition. */
  readonly previous: ReadonlyMap<number, bigint>;
}

/** What groups had committed before their offsets were reset. */
export class PostgresOffsetResets {
  constructor(private readonly sql: Sql) {}

  /** Call it before the offsets are changed: a reset that was cut off can be undone, too. */
  async remember(
    reset: { readonly group: string; readonly topic: string; readonly actor: string },
    previous: ReadonlyMap<number, bigint>,
  ): Promise<void> {
    const offsets = Object.fromEntries([...previous].map(([partition, offset]) => [partition, String(offset)]));
    const text = 'INSERT INTO offset_reset (group_id, topic, previous, actor) VALUES ($1, $2, $3, $4)';
    await this.sql.query(text, [reset.group, reset.topic, JSON.stringify(offsets), reset.actor]);
  }

  /** The latest reset that is not undone. */
  async findLatest(group: string, topic: string): Promise<OffsetReset | null> {
    const [row] = await this.sql.query<{ readonly id: string; readonly previous: Readonly<Record<string, string>> }>(
      `SELECT id, previous FROM offset_reset WHERE group_id = $1 AND topic = $2 AND undone_at IS NULL ORDER BY id DESC LIMIT 1`,
      [group, topic],
    );
    if (!row) return null;
    const previous = Object.entries(row.previous).map(
      ([partition, offset]) => [Number(partition), BigInt(offset)] as const,
    );
    return { id: row.id, previous: new Map(previous) };
  }

  async markUndone(id: string): Promise<void> {
    await this.sql.query('UPDATE offset_reset SET undone_at = clock_timestamp() WHERE id = $1', [id]);
  }
}
