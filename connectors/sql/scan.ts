import type { KeyRange, ScanPage } from '#connector-sdk';
import type { Clock, ExternalId } from '#kernel';
import type { TextRow } from './client.js';
import { quote, ROW, selectList, type EntityPlan } from './entity-plan.js';
import { byteOrderSql, isOneOfSql, toRecords, type Relations } from './relation.js';

/** Ids that are read ahead; each reading costs one pass over the table's ids. */
const IDS_AHEAD = 50_000;
const KEEP_MS = 60_000;
const MAX_SCANS = 8;

interface AheadIds {
  readonly ids: readonly string[];
  /** Whether the range ends with the last of `ids`. */
  readonly isEnd: boolean;
  readonly readAtMs: number;
}

/**
 * Pages in byte order of ids without an index in that order: the next 50,000 ids are read in one pass and kept, and each
 * page reads its rows by them, *now*. A snapshot kept over pages would be simpler, but a row from it may be older than
 * what the hub has read meanwhile.
 */
export class Scanner {
  private readonly ahead = new Map<string, AheadIds>();

  constructor(
    private readonly relations: Relations,
    private readonly clock: Clock,
  ) {}

  async page(plan: EntityPlan, range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    const start = after ?? range.from;
    const ahead = this.take(plan, range, start) ?? (await this.readIds(plan, range, start, Math.max(limit, IDS_AHEAD)));
    const ids = ahead.ids.slice(0, limit);
    const rest = ahead.ids.slice(limit);
    const last = ids.at(-1);
    const isComplete = rest.length === 0 && ahead.isEnd;
    if (!isComplete && last !== undefined && rest.length > 0) this.keep(plan, range, last, { ...ahead, ids: rest });
    const mapped = toRecords(plan, await this.readRows(plan, ids));
    return { ...mapped, next: isComplete || last === undefined ? null : (last as ExternalId) };
  }

  private take(plan: EntityPlan, range: KeyRange, start: string | null): AheadIds | null {
    const name = scanName(plan, range, start);
    const ahead = this.ahead.get(name);
    this.ahead.delete(name);
    return ahead && this.clock.nowMs() - ahead.readAtMs < KEEP_MS ? ahead : null;
  }

  private keep(plan: EntityPlan, range: KeyRange, start: string, ahead: AheadIds): void {
    const [oldest] = this.ahead.keys();
    if (this.ahead.size >= MAX_SCANS && oldest !== undefined) this.ahead.delete(oldest);
    this.ahead.set(scanName(plan, range, start), ahead);
  }

  private async readIds(plan: EntityPlan, range: KeyRange, start: string | null, count: number): Promise<AheadIds> {
    const id = byteOrderSql(plan, await this.relations.typesOf(plan));
    const sql = `SELECT t.${quote(plan.idColumn)}::text AS id FROM ${plan.relation} AS t
      WHERE ($1::text IS NULL OR ${id} > $1) AND ($2::text IS NULL OR ${id} <= $2) AND t.${quote(plan.idColumn)} IS NOT NULL
      ORDER BY ${id} LIMIT $3::int`;
    const rows = await this.relations.query(plan, sql, [start, range.to, count]);
    return { ids: rows.map((row) => row['id'] ?? ''), isEnd: rows.length < count, readAtMs: this.clock.nowMs() };
  }

  /** A row that was deleted since its id was read is missing, as it should be. */
  private async readRows(plan: EntityPlan, ids: readonly string[]): Promise<TextRow[]> {
    if (ids.length === 0) return [];
    const condition = isOneOfSql(plan.idColumn, await this.relations.typesOf(plan), 1);
    const sql = `SELECT ${selectList(plan)} FROM ${plan.relation} AS t WHERE ${condition}`;
    const rows = await this.relations.query(plan, sql, [ids]);
    const byId = new Map(rows.map((row) => [row[ROW.id], row]));
    return ids.map((id) => byId.get(id)).filter((row) => row !== undefined);
  }
}

function scanName(plan: EntityPlan, range: KeyRange, start: string | null): string {
  return JSON.stringify([plan.entity, range.from, range.to, start]);
}
