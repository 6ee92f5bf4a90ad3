import type { Entity } from '#contracts';
import { HubError } from '#kernel';
import type { ComparedPage, ScanName, ScanState, ScanStore } from '#reconciliation';
import type { Database } from '../database.js';
import { sqlFile } from '../sql-file.js';

const STATE = '*, (extract(epoch FROM began_at) * 1000)::float8 AS began_ms';
const FIND = `SELECT ${STATE} FROM scan WHERE round_id = $1 AND entity = $2`;
const FIND_ANY = `SELECT ${STATE} FROM scan WHERE entity = $1`;
const BEGIN = `
  INSERT INTO scan (entity, round_id, scope, restarted, known, last_row)
  VALUES ($1, $2, $3, $4,
    (SELECT count(*)::int FROM mirror WHERE entity = $1 AND live), (SELECT coalesce(max(id), 0) FROM mirror))
  RETURNING ${STATE}`;
const RESUME = `UPDATE scan SET resumed_at = pages WHERE id = $1 AND pages = $2 AND phase = $3 RETURNING ${STATE}`;
const FIND_CANDIDATES = `
  SELECT external_id FROM scan_candidate WHERE scan_id = $1 AND ($2::text IS NULL OR external_id > $2 COLLATE "C")
  ORDER BY external_id LIMIT $3`;
/** A page that is being saved finds its scan gone, and takes back what it inserted. */
const FORGET = `
  WITH gone AS (DELETE FROM scan WHERE entity = $1 RETURNING id),
    seen AS (DELETE FROM scan_seen AS s USING gone WHERE s.scan_id = gone.id)
  DELETE FROM scan_candidate AS c USING gone WHERE c.scan_id = gone.id`;
const SAVE_PAGE = sqlFile(import.meta.dirname, 'save-scan-page.sql');
const END = sqlFile(import.meta.dirname, 'end-scan.sql');

interface ScanRow {
  readonly id: string;
  readonly entity: Entity;
  readonly round_id: string;
  readonly scope: string;
  readonly phase: ScanState['phase'];
  readonly cursor: string | null;
  readonly pages: number;
  readonly scanned: number;
  readonly known: number;
  readonly total: number | null;
  readonly idle: number;
  readonly resumed_at: number | null;
  readonly restarted: string | null;
  readonly began_ms: number;
}

/** Scans in the connector's own schema; one of each entity. */
export class PostgresScanStore implements ScanStore {
  constructor(private readonly database: Database) {}

  async findScan(roundId: string, entity: Entity): Promise<ScanState | null> {
    const [row] = await this.database.query<ScanRow>(FIND, [roundId, entity]);
    return row ? toState(row) : null;
  }

  async findAny(entity: Entity): Promise<ScanState | null> {
    const [row] = await this.database.query<ScanRow>(FIND_ANY, [entity]);
    return row ? toState(row) : null;
  }

  async begin({ roundId, entity, scope }: ScanName, restarted: string | null): Promise<ScanState> {
    return this.database.transaction(async (sql) => {
      await sql.query(FORGET, [entity]);
      return found(await sql.query<ScanRow>(BEGIN, [entity, roundId, scope, restarted]), entity);
    });
  }

  async resume({ id, pages, phase, entity }: ScanState): Promise<ScanState> {
    return found(await this.database.query<ScanRow>(RESUME, [id, pages, phase]), entity);
  }

  async savePage({ id, pages, entity }: ScanState, page: ComparedPage): Promise<ScanState> {
    const { readIds, unreadableIds, candidates, cursor, total } = page;
    const values = [id, readIds, unreadableIds, candidates, cursor, total, pages];
    return this.database.transaction(async (sql) => found(await sql.query<ScanRow>(SAVE_PAGE, values), entity));
  }

  async end({ id, pages, entity }: ScanState): Promise<ScanState> {
    return this.database.transaction(async (sql) => {
      const state = found(await sql.query<ScanRow>(END, [id, pages]), entity);
      await sql.query('DELETE FROM scan_seen WHERE scan_id = $1', [id]);
      return state;
    });
  }

  async findCandidates({ id }: ScanState, after: string | null, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ external_id: string }>(FIND_CANDIDATES, [id, after, limit]);
    return rows.map((row) => row.external_id);
  }

  async forget(entity: Entity): Promise<void> {
    await this.database.query(FORGET, [entity]);
  }
}

/** Without a row the transaction is rolled back, and what the page showed with it. */
function found([row]: readonly ScanRow[], entity: Entity): ScanState {
  if (row) return toState(row);
  throw new HubError('HUB_SCAN_INCOMPLETE', 'Somebody else went on with this scan.', { entity });
}

function toState(row: ScanRow): ScanState {
  const { id, entity, scope, phase, cursor, pages, scanned, known, total, idle, restarted } = row;
  const times = { resumedAt: row.resumed_at, beganAtMs: row.began_ms };
  return {
    id,
    roundId: row.round_id,
    entity,
    scope,
    phase,
    cursor,
    pages,
    scanned,
    known,
    total,
    idle,
    restarted,
    ...times,
  };
}
