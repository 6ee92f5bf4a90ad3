import { instantOfMs } from '#kernel';
import type { Restored, RestoredStore, Settlement } from '#mirror';
import type { Database } from '../database.js';

interface RestoredRow {
  readonly restored_reason: string;
  readonly restored_since: Date;
  readonly restored_keep: Settlement | null;
  readonly is_rebased: boolean;
}

/** Whether the system went back in time, beside its mode: a writer's transaction that began before has seen neither change. */
export class PostgresRestoredStore implements RestoredStore {
  constructor(private readonly database: Database) {}

  async findRestored(): Promise<Restored | null> {
    const [row] = await this.database.query<RestoredRow>(
      `SELECT restored_reason, restored_since, restored_keep, rebased_at IS NOT NULL AS is_rebased
       FROM system_state WHERE restored_reason IS NOT NULL`,
    );
    if (!row) return null;
    const since = instantOfMs(row.restored_since.getTime());
    return { reason: row.restored_reason, since, keep: row.restored_keep, isRebased: row.is_rebased };
  }

  async saveRestored(reason: string): Promise<void> {
    await this.database.query(
      `UPDATE system_state SET restored_reason = $1, restored_since = clock_timestamp(), restored_keep = NULL,
         restored_by = NULL, rebased_at = NULL
       WHERE restored_reason IS NULL OR rebased_at IS NOT NULL`,
      [reason],
    );
  }

  async raiseEpoch(seen: number): Promise<number> {
    const text = 'UPDATE system_state SET epoch = greatest(epoch, $1) + 1 RETURNING epoch';
    const [row] = await this.database.query<{ epoch: number }>(text, [seen]);
    return row?.epoch ?? 1;
  }

  async findEpoch(): Promise<number> {
    const [row] = await this.database.query<{ epoch: number }>('SELECT epoch FROM system_state');
    return row?.epoch ?? 1;
  }

  async saveKeep(keep: Settlement, actor: string): Promise<void> {
    await this.database.query(
      `UPDATE system_state SET restored_keep = $1, restored_by = $2
       WHERE restored_reason IS NOT NULL AND restored_keep IS NULL`,
      [keep, actor],
    );
  }

  async saveRebased(): Promise<void> {
    await this.database.query('UPDATE system_state SET rebased_at = clock_timestamp() WHERE restored_keep IS NOT NULL');
  }

  async clearRestored(): Promise<void> {
    await this.database.query(
      `UPDATE system_state SET restored_reason = NULL, restored_since = NULL, restored_keep = NULL, restored_by = NULL,
         rebased_at = NULL
       WHERE rebased_at IS NOT NULL`,
    );
  }

  async countUnwritten(): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM mirror WHERE (differs <> '{}' AND parked IS NULL) OR intent IS NOT NULL`,
    );
    return row?.count ?? 0;
  }
}
