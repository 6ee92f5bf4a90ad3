import { systemClock } from '#kernel';
import type { OutboxMessage } from '#outbox';
import { PostgresOutboxAppender, type Database } from '#store-postgres';

/** Who writes, and what. */
export interface LateWriter {
  readonly writer: number;
  readonly transactions: number;
  /** How long a late transaction stays open. */
  readonly lateMs: number;
  readonly toMessage: (key: string, text: string) => OutboxMessage;
}

/**
 * Appends one row per transaction to one of three keys, numbered per key under the key's lock. Every third transaction
 * draws its outbox number early and commits late, while other keys go on with higher numbers.
 */
export async function writeLate(database: Database, given: LateWriter): Promise<void> {
  const { writer, transactions, lateMs, toMessage } = given;
  const key = `k${writer % 3}`;
  for (let index = 0; index < transactions; index += 1)
    await database.transaction(async (sql) => {
      await sql.query('SELECT pg_advisory_xact_lock(hashtext($1))', [key]);
      const [row] = await sql.query<{ next_offset: string }>(
        `INSERT INTO applied_offset AS a VALUES ($1, 0, 1)
         ON CONFLICT (topic, partition) DO UPDATE SET next_offset = a.next_offset + 1 RETURNING next_offset`,
        [`counter ${key}`],
      );
      await new PostgresOutboxAppender(sql).append([toMessage(key, String(Number(row?.next_offset) - 1))]);
      if (index % 3 === writer % 3) await systemClock.sleep(lateMs);
    });
}
