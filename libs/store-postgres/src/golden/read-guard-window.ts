import type { UndecidedHold, WindowCount, WindowSource, WindowState } from '#golden-record';
import type { Instant } from '#kernel';
import type { Sql } from '../database.js';
import { sqlFile } from '../sql-file.js';
import { instantSql } from './golden-rows.js';

interface CountRow {
  readonly rule: string;
  readonly at: Instant;
  readonly count: string;
  readonly waits_with: string | null;
}

interface UndecidedRow extends Omit<UndecidedHold, 'batchId'> {
  readonly batch_id: string;
}

const COUNTS = `
  SELECT rule, ${instantSql('observed_at')} AS at, count, waits_with
  FROM (${sqlFile(import.meta.dirname, 'read-guard-window.sql')}) AS counted`;
const UNDECIDED = `
  SELECT id, batch_id, state, rule FROM hold
  WHERE system = $1 AND entity = $2 AND state IN ('collecting', 'open') ORDER BY opened_at, id`;

/** What counts on the window of one (system, entity), whose lock the transaction holds; two statements. */
export async function readWindow(sql: Sql, source: WindowSource, from: Instant, to: Instant): Promise<WindowState> {
  const { system, entity } = source;
  const counts = await sql.query<CountRow>(COUNTS, [system, entity, from, to]);
  const holds = await sql.query<UndecidedRow>(UNDECIDED, [system, entity]);
  return {
    counts: counts.map(({ waits_with: waitsWith, count, ...row }): WindowCount => {
      return { ...row, count: Number(count), waitsWith };
    }),
    holds: holds.map(({ batch_id: batchId, ...row }) => ({ ...row, batchId })),
  };
}
