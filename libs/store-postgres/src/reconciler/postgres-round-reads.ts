import type { DriftItem, Hold, RoundReport } from '#contracts';
import { HubError } from '#kernel';
import type { RoundReads } from '#reconciliation';
import type { Database } from '../database.js';
import {
  instantSql,
  toDriftItem,
  toHold,
  toReport,
  type HoldRow,
  type ItemRow,
  type ReportRow,
  type RoundRow,
} from './round-rows.js';

const REPORT = `SELECT *, ${instantSql('started_at')} AS started, ${instantSql('ended_at')} AS ended FROM round`;
const HOLD = `
  SELECT h.*, r.system, r.entity, ${instantSql('h.opened_at')} AS opened, ${instantSql('h.decided_at')} AS decided
  FROM hold h JOIN round r ON r.id = h.id`;
const FIND_DRIFT = `
  SELECT external_id, key, kind, fields, outcome FROM drift_item
  WHERE round_id = $1 ORDER BY position LIMIT $2`;

/** What the reconciler's API shows, from its own schema. */
export class PostgresRoundReads implements RoundReads {
  constructor(private readonly database: Database) {}

  async findReports(limit: number): Promise<RoundReport[]> {
    const rows = await this.database.query<ReportRow>(`${REPORT} ORDER BY number DESC LIMIT $1`, [limit]);
    return rows.map(toReport);
  }

  async getReport(id: string): Promise<RoundReport> {
    const [row] = await this.database.query<ReportRow>(`${REPORT} WHERE id = $1`, [id]);
    if (!row) throw new HubError('HUB_NOT_FOUND', `There is no round ${id}.`, { roundId: id });
    return toReport(row);
  }

  async findDrift(roundId: string, limit: number): Promise<DriftItem[]> {
    const [round] = await this.database.query<RoundRow>('SELECT * FROM round WHERE id = $1', [roundId]);
    if (!round) throw new HubError('HUB_NOT_FOUND', `There is no round ${roundId}.`, { roundId });
    const rows = await this.database.query<ItemRow>(FIND_DRIFT, [roundId, limit]);
    return rows.map((row) => toDriftItem(round, row));
  }

  async findHolds(state: Hold['state'] | null, limit: number): Promise<Hold[]> {
    const text = `${HOLD} WHERE $1::text IS NULL OR h.state = $1 ORDER BY r.number DESC LIMIT $2`;
    return (await this.database.query<HoldRow>(text, [state, limit])).map(toHold);
  }

  async getHold(id: string): Promise<Hold> {
    const [row] = await this.database.query<HoldRow>(`${HOLD} WHERE h.id = $1`, [id]);
    if (!row) throw new HubError('HUB_NOT_FOUND', `There is no hold ${id}.`, { holdId: id });
    return toHold(row);
  }
}
