import { toCombinedDigest, toCombinedDigests, toKeyDigests } from '#canonical';
import type { KeyRange, RangeDigest } from '#connector-sdk';
import { HubError } from '#kernel';
import type {
  IdDigest,
  IdRange,
  Position,
  RangeProbes,
  SqlTable,
  Sweep,
  SweepStart,
  TextRow,
  WriteGroup,
} from '../database.js';
import type { PostgresClient } from './client.js';
import { byteOrderSql, isOneOfSql, possibleValues, readColumnTypes, type ColumnTypes } from './column-types.js';
import { quote, selectList, type PostgresPlan } from './postgres-plan.js';
import {
  digestProbesSql,
  digestSegmentsSql,
  findInSegmentsSql,
  findProbesSql,
  hasByteOrder,
  toRangeSql,
} from './range-statements.js';
import { toStatement } from './write-statements.js';

/** Statements on one relation. Types of columns are read once, and again after it no longer has what they name. */
export class PostgresTable implements SqlTable {
  private types: Promise<ColumnTypes> | null = null;
  /** Whether an index has the byte order of ids; forgotten with the types. */
  private ordered: Promise<boolean> | null = null;

  constructor(
    private readonly client: PostgresClient,
    private readonly plan: PostgresPlan,
  ) {}

  async findRows(column: string, texts: readonly string[]): Promise<TextRow[]> {
    const types = await this.columnTypes();
    const values = possibleValues(column, types, texts);
    if (values.length === 0) return [];
    const { relation } = this.plan;
    const sql = `SELECT ${selectList(this.plan)} FROM ${relation} AS t WHERE ${isOneOfSql(column, types, 1)}`;
    return this.query(sql, [values]);
  }

  async findIds({ after, to }: IdRange, count: number): Promise<string[]> {
    const id = byteOrderSql(this.plan, await this.columnTypes());
    const column = `t.${quote(this.plan.idColumn)}`;
    const sql = `SELECT ${column}::text AS id FROM ${this.plan.relation} AS t
      WHERE ($1::text IS NULL OR ${id} > $1) AND ($2::text IS NULL OR ${id} <= $2) AND ${column} IS NOT NULL
      ORDER BY ${id} LIMIT $3::int`;
    const rows = await this.query(sql, [after, to, count]);
    return rows.map((row) => row['id'] ?? '');
  }

  async findSweepStart(ms: number): Promise<SweepStart> {
    const now = this.nowSql(await this.columnTypes());
    const sql = `SELECT (${now} - make_interval(secs => $1::float8 / 1000))::text AS time, pg_current_snapshot()::text AS seen`;
    const [row] = await this.query(sql, [ms]);
    const seen = this.plan.version.kind === 'xmin' ? (row?.['seen'] ?? null) : null;
    return { time: row?.['time'] ?? '-infinity', seen };
  }

  async findChangedAfter(head: Position | null, limit: number): Promise<TextRow[]> {
    const types = await this.columnTypes();
    const [at, id] = this.positionTypes(types);
    const condition = head === null ? 'true' : `${this.placeSql()} > ($2::${at}, $3::${id})`;
    const values = head === null ? [limit] : [limit, head.at, head.id];
    return this.query(this.pageSql(`${condition} AND ${this.atSql()} <= ${this.nowSql(types)}`), values);
  }

  async findSwept(sweep: Sweep, limit: number): Promise<TextRow[]> {
    const [at, id] = this.positionTypes(await this.columnTypes());
    const start = sweep.after === null ? `${this.atSql()} >= $4::${at}` : `${this.placeSql()} > ($4::${at}, $5::${id})`;
    const from = sweep.after === null ? [sweep.from] : [sweep.after.at, sweep.after.id];
    const values: unknown[] = [limit, sweep.until.at, sweep.until.id, ...from];
    const unseen = sweep.seen === null ? 'true' : unseenSql(values.push(sweep.seen));
    const sql = this.pageSql(`${this.placeSql()} <= ($2::${at}, $3::${id}) AND ${start} AND ${unseen}`);
    return this.query(sql, values);
  }

  async digestSegments(bounds: readonly string[], range: IdRange): Promise<ReadonlyMap<number, RangeDigest>> {
    const sql = digestSegmentsSql(toRangeSql(this.plan, await this.columnTypes()));
    const rows = await this.query(sql, [bounds, range.after, range.to]);
    return new Map(rows.map((row) => [Number(row['segment']), toRangeDigest(row)]));
  }

  async findInSegments(bounds: readonly string[], range: IdRange, segments: readonly number[]): Promise<IdDigest[]> {
    const sql = findInSegmentsSql(toRangeSql(this.plan, await this.columnTypes()));
    return (await this.query(sql, [bounds, range.after, range.to, segments])).map(toIdDigest);
  }

  async probes(): Promise<RangeProbes | null> {
    const types = await this.columnTypes();
    this.ordered ??= hasByteOrder(this.client, this.plan, types);
    this.ordered.catch(() => (this.ordered = null));
    if (!(await this.ordered)) return null;
    const sql = toRangeSql(this.plan, types);
    return {
      digestRanges: async (ranges) => toCombinedDigests(await this.queryPacked(digestProbesSql(sql, ranges), ranges)),
      findDigests: async (ranges) => toKeyDigests(await this.queryPacked(findProbesSql(sql, ranges), ranges), ''),
    };
  }

  async write(group: WriteGroup): Promise<TextRow[]> {
    const statement = toStatement(this.plan, await this.columnTypes(), group);
    return this.query(statement.text, statement.values);
  }

  /** The one value of a statement over ranges. */
  private async queryPacked(text: string, ranges: readonly KeyRange[]): Promise<string | null> {
    const [row] = await this.query(text, [ranges.map(({ from }) => from), ranges.map(({ to }) => to)]);
    return row?.['packed'] ?? null;
  }

  private columnTypes(): Promise<ColumnTypes> {
    if (this.types) return this.types;
    const types = readColumnTypes(this.client, this.plan);
    this.types = types;
    types.catch(() => (this.types = null));
    return types;
  }

  private async query(text: string, values: readonly unknown[]): Promise<TextRow[]> {
    try {
      return await this.client.query(text, values);
    } catch (error) {
      if (error instanceof HubError && error.code === 'HUB_SOURCE_SCHEMA') this.types = this.ordered = null;
      throw error;
    }
  }

  private pageSql(condition: string): string {
    const order = `${this.atSql()}, t.${quote(this.plan.idColumn)}`;
    const { relation } = this.plan;
    return `SELECT ${selectList(this.plan)} FROM ${relation} AS t WHERE ${condition} ORDER BY ${order} LIMIT $1::int`;
  }

  private atSql(): string {
    return `t.${quote(this.plan.options.changedAt ?? '')}`;
  }

  /** Compared as a row, so that an index on (time, id) or on the time alone serves. */
  private placeSql(): string {
    return `(${this.atSql()}, t.${quote(this.plan.idColumn)})`;
  }

  private positionTypes(types: ColumnTypes): [at: string, id: string] {
    const at = types.get(this.plan.options.changedAt ?? '') ?? 'timestamp with time zone';
    return [at, types.get(this.plan.idColumn) ?? 'text'];
  }

  /** `statement_timestamp` is stable, so that it can bound an index scan. */
  private nowSql(types: ColumnTypes): string {
    if (this.positionTypes(types)[0] === 'timestamp with time zone') return 'statement_timestamp()';
    return `(statement_timestamp() AT TIME ZONE '${this.plan.options.zone.replaceAll("'", "''")}')`;
  }
}

/**
 * Whether a row's transaction is not in the snapshot. `xmin` is the lower half of a 64-bit id, which is the latest that
 * is not in the future. A server whose ids went back (restored) is one that the snapshot says nothing of.
 */
function unseenSql(parameter: number): string {
  const latest = '(pg_snapshot_xmax(pg_current_snapshot())::text::numeric)';
  const full = `t.xmin::text::numeric + 4294967296 * floor((${latest} - t.xmin::text::numeric) / 4294967296)`;
  const seen = `$${parameter}::pg_snapshot`;
  return `(NOT pg_visible_in_snapshot((${full})::text::xid8, ${seen})
    OR pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmax(${seen}))`;
}

function toRangeDigest(row: TextRow): RangeDigest {
  return toCombinedDigest({ count: row['count'] ?? '0', xor: row['xor'] ?? null, sum: row['sum'] ?? null });
}

function toIdDigest(row: TextRow): IdDigest {
  return { externalId: row['id'] ?? '', digest: row['digest'] ?? '' };
}
