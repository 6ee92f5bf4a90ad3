import type { Database } from '../database.js';
import { sqlFile } from '../sql-file.js';

/** What one batch forgot. */
export interface Pruned {
  readonly rounds: number;
  readonly items: number;
  readonly audit: number;
  /** Whether the batch was full: there may be more. */
  readonly more: boolean;
}

const LOCK_OLD_ROUNDS = sqlFile(import.meta.dirname, 'lock-old-rounds.sql');
const DELETE_ITEMS = `
  DELETE FROM drift_item WHERE (round_id, position) IN (
    SELECT round_id, position FROM drift_item WHERE round_id = ANY ($1) LIMIT $2)
  RETURNING 1`;
/** The holds go with their rounds. */
const DELETE_ROUNDS = 'DELETE FROM round WHERE id = ANY ($1)';
/** The oldest are looked at, and no more: numbers rise with time. */
const DELETE_AUDIT = `
  DELETE FROM audit WHERE number IN (SELECT number FROM audit ORDER BY number LIMIT $2)
    AND at < clock_timestamp() - $1::bigint * interval '1 millisecond'
  RETURNING 1`;

/** Forgets rounds and audit entries that are old; by the server's clock. */
export class PostgresRoundRetention {
  constructor(private readonly database: Database) {}

  /**
   * One bounded batch: at most `limit` rounds, `limit` of their drift items and `limit` audit entries. A round goes when
   * its items are gone. Never one that is under way or held, nor the last one of its system and entity.
   */
  async prune(keep: { readonly roundsMs: number; readonly auditMs: number }, limit = 2_000): Promise<Pruned> {
    const { rounds, items } = await this.pruneRounds(keep.roundsMs, limit);
    const audit = await this.database.query(DELETE_AUDIT, [keep.auditMs, limit]);
    return { rounds, items, audit: audit.length, more: [rounds, items, audit.length].includes(limit) };
  }

  private pruneRounds(keepMs: number, limit: number): Promise<Pick<Pruned, 'rounds' | 'items'>> {
    return this.database.transaction(async (sql) => {
      const ids = (await sql.query<{ id: string }>(LOCK_OLD_ROUNDS, [keepMs, limit])).map(({ id }) => id);
      if (ids.length === 0) return { rounds: 0, items: 0 };
      const items = (await sql.query(DELETE_ITEMS, [ids, limit])).length;
      if (items === limit) return { rounds: 0, items };
      await sql.query(DELETE_ROUNDS, [ids]);
      return { rounds: ids.length, items };
    });
  }
}
