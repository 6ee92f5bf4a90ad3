import type { KeyRange, ScanPage } from '#connector-sdk';
import type { Clock, ExternalId } from '#kernel';
import { ROW, type SqlTable, type TextRow } from './database.js';
import type { EntityPlan } from './entity-plan.js';
import { toRecords } from './records.js';

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
 * Pages of one entity in byte order of ids without an index in that order: the next 50,000 ids are read in one pass and kept, and each
 * page reads its rows by them, *now*. A snapshot kept over pages would be simpler, but a row from it may be older than
 * what the hub has read meanwhile.
 */
export class Scanner {
  private readonly ahead = new Map<string, AheadIds>();

  constructor(
    private readonly plan: EntityPlan,
    private readonly table: SqlTable,
    private readonly clock: Clock,
  ) {}

  async page(range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    const start = after ?? range.from;
    const ahead = this.take(range, start) ?? (await this.readIds(range, start, Math.max(limit, IDS_AHEAD)));
    const ids = ahead.ids.slice(0, limit);
    const rest = ahead.ids.slice(limit);
    const last = ids.at(-1);
    const isComplete = rest.length === 0 && ahead.isEnd;
    if (!isComplete && last !== undefined && rest.length > 0) this.keep(range, last, { ...ahead, ids: rest });
    const mapped = toRecords(this.plan, await this.readRows(ids));
    return { ...mapped, next: isComplete || last === undefined ? null : (last as ExternalId) };
  }

  private take(range: KeyRange, start: string | null): AheadIds | null {
    const name = scanName(range, start);
    const ahead = this.ahead.get(name);
    this.ahead.delete(name);
    return ahead && this.clock.nowMs() - ahead.readAtMs < KEEP_MS ? ahead : null;
  }

  private keep(range: KeyRange, start: string, ahead: AheadIds): void {
    const [oldest] = this.ahead.keys();
    if (this.ahead.size >= MAX_SCANS && oldest !== undefined) this.ahead.delete(oldest);
    this.ahead.set(scanName(range, start), ahead);
  }

  private async readIds(range: KeyRange, start: string | null, count: number): Promise<AheadIds> {
    const ids = await this.table.findIds({ after: start, to: range.to }, count);
    return { ids, isEnd: ids.length < count, readAtMs: this.clock.nowMs() };
  }

  /** A row that was deleted since its id was read is missing, as it should be. */
  private async readRows(ids: readonly string[]): Promise<TextRow[]> {
    if (ids.length === 0) return [];
    const rows = await this.table.findRows(this.plan.idColumn, ids);
    const byId = new Map(rows.map((row) => [row[ROW.id], row]));
    return ids.map((id) => byId.get(id)).filter((row) => row !== undefined);
  }
}

function scanName(range: KeyRange, start: string | null): string {
  return JSON.stringify([range.from, range.to, start]);
}
