import type { ChangePage } from '#connector-sdk';
import { HubError, type Clock } from '#kernel';
import { z } from 'zod';
import type { TextRow } from './client.js';
import { quote, ROW, selectList, type EntityPlan } from './entity-plan.js';
import { toRecords, type ColumnTypes, type Relations } from './relation.js';

/** A row's place in (time, id) order, exact: both as the database prints them. */
const positionSchema = z.strictObject({ at: z.string(), id: z.string() });
type Position = z.infer<typeof positionSchema>;

const cursorSchema = z.strictObject({
  /** Last row read; null before the first. */
  head: positionSchema.nullable(),
  /** Where the next sweep starts: the database's time at the last one, less the overlap. */
  sweepFrom: z.string(),
  /** When the last sweep began, by our clock. */
  sweptAtMs: z.number(),
  /** What was committed when the last sweep began: it need not be read again. Null where rows do not tell. */
  seen: z.string().nullable().default(null),
  /** A sweep under way: what it has read, the head at its start, and what the one before had seen. */
  sweep: z
    .strictObject({
      after: positionSchema.nullable(),
      from: z.string(),
      until: positionSchema,
      seen: z.string().nullable().default(null),
    })
    .nullable(),
});
type Cursor = z.infer<typeof cursorSchema>;

/** What reading changes needs. */
export interface ChangeReader {
  readonly plan: EntityPlan;
  readonly relations: Relations;
  readonly clock: Clock;
}

/**
 * Rows after the cursor by (time, id), and every half overlap a sweep behind it, for rows that were committed late
 * with an older time. A transaction no longer than the overlap is never missed: it commits after some sweep began, less
 * than the overlap after the time it wrote, and the next sweep begins at that one's time less the overlap. Of a table, a
 * sweep reads only rows whose transaction was not yet committed when the sweep before it began (by that one's snapshot):
 * each of the others was read by the head or by an earlier sweep. Of what else is read again, the mirror recognises it.
 * Rows with a time in the future are read when their time comes.
 */
export async function readChanges(reader: ChangeReader, text: string | null, limit: number): Promise<ChangePage> {
  const types = await reader.relations.typesOf(reader.plan);
  const started = text === null ? await firstCursor(reader, types) : parseCursor(reader.plan, text);
  const cursor = await withDueSweep(reader, types, started);
  const head = await readAfter(reader, types, cursor.head, limit);
  const moved: Cursor = { ...cursor, head: lastPosition(head) ?? cursor.head };
  if (head.length === limit || moved.sweep === null) return toPage(reader.plan, head, moved, head.length === limit);
  const swept = await readSweep(reader, types, moved.sweep, limit);
  const after = lastPosition(swept);
  const goesOn = swept.length === limit && after !== null;
  const next: Cursor = { ...moved, sweep: goesOn ? { ...moved.sweep, after } : null };
  return toPage(reader.plan, [...head, ...swept], next, goesOn);
}

function toPage(plan: EntityPlan, rows: readonly TextRow[], cursor: Cursor, more: boolean): ChangePage {
  // A row that moved between the two statements is in both; the later read is the newer one.
  const latest = new Map(rows.map((row) => [row[ROW.id], row]));
  return { ...toRecords(plan, [...latest.values()]), cursor: JSON.stringify(cursor), more };
}

function parseCursor(plan: EntityPlan, text: string): Cursor {
  try {
    return cursorSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new HubError('HUB_INVARIANT_BROKEN', `${plan.entity}: the cursor is none of this connector.`, {}, { cause });
  }
}

async function firstCursor(reader: ChangeReader, types: ColumnTypes): Promise<Cursor> {
  const { start, seen } = await readSweepStart(reader, types);
  return { head: null, sweepFrom: start, sweptAtMs: reader.clock.nowMs(), seen, sweep: null };
}

async function withDueSweep(reader: ChangeReader, types: ColumnTypes, cursor: Cursor): Promise<Cursor> {
  const nowMs = reader.clock.nowMs();
  const isDue = nowMs - cursor.sweptAtMs >= reader.plan.options.overlapMs / 2 || nowMs < cursor.sweptAtMs;
  if (!isDue || cursor.sweep !== null || cursor.head === null) return cursor;
  const { start, seen } = await readSweepStart(reader, types);
  const sweep = { after: null, from: cursor.sweepFrom, until: cursor.head, seen: cursor.seen };
  return { ...cursor, sweepFrom: start, sweptAtMs: nowMs, seen, sweep };
}

/** The database's time less the overlap, in the type of the time column; and what is committed by now. */
async function readSweepStart(
  { plan, relations }: ChangeReader,
  types: ColumnTypes,
): Promise<{ readonly start: string; readonly seen: string | null }> {
  const sql = `SELECT (${nowSql(plan, types)} - make_interval(secs => $1::float8 / 1000))::text AS start,
    pg_current_snapshot()::text AS seen`;
  const [row] = await relations.query(plan, sql, [plan.options.overlapMs]);
  return { start: row?.['start'] ?? '-infinity', seen: tellsTransaction(plan) ? (row?.['seen'] ?? null) : null };
}

/** Rows of a table name the transaction that wrote them; those of views and queries do not. */
function tellsTransaction({ options, isQuery }: EntityPlan): boolean {
  return !isQuery && (options.version ?? 'xmin') === 'xmin';
}

async function readAfter(
  { plan, relations }: ChangeReader,
  types: ColumnTypes,
  head: Position | null,
  limit: number,
): Promise<TextRow[]> {
  const condition =
    head === null ? 'true' : `${placeSql(plan)} > ($2::${atType(plan, types)}, $3::${idType(plan, types)})`;
  const values = head === null ? [limit] : [limit, head.at, head.id];
  return relations.query(plan, pageSql(plan, `${condition} AND ${atSql(plan)} <= ${nowSql(plan, types)}`), values);
}

async function readSweep(
  { plan, relations }: ChangeReader,
  types: ColumnTypes,
  sweep: NonNullable<Cursor['sweep']>,
  limit: number,
): Promise<TextRow[]> {
  const [at, id] = [atType(plan, types), idType(plan, types)];
  const start = sweep.after === null ? `${atSql(plan)} >= $4::${at}` : `${placeSql(plan)} > ($4::${at}, $5::${id})`;
  const from = sweep.after === null ? [sweep.from] : [sweep.after.at, sweep.after.id];
  const values = [limit, sweep.until.at, sweep.until.id, ...from];
  const unseen = sweep.seen === null ? 'true' : unseenSql(values.push(sweep.seen));
  const sql = pageSql(plan, `${placeSql(plan)} <= ($2::${at}, $3::${id}) AND ${start} AND ${unseen}`);
  return relations.query(plan, sql, values);
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

function pageSql(plan: EntityPlan, condition: string): string {
  const order = `${atSql(plan)}, t.${quote(plan.idColumn)}`;
  return `SELECT ${selectList(plan)} FROM ${plan.relation} AS t WHERE ${condition} ORDER BY ${order} LIMIT $1::int`;
}

function atSql(plan: EntityPlan): string {
  return `t.${quote(plan.options.changedAt ?? '')}`;
}

/** Compared as a row, so that an index on (time, id) or on the time alone serves. */
function placeSql(plan: EntityPlan): string {
  return `(${atSql(plan)}, t.${quote(plan.idColumn)})`;
}

function atType(plan: EntityPlan, types: ColumnTypes): string {
  return types.get(plan.options.changedAt ?? '') ?? 'timestamp with time zone';
}

function idType(plan: EntityPlan, types: ColumnTypes): string {
  return types.get(plan.idColumn) ?? 'text';
}

/** `statement_timestamp` is stable, so that it can bound an index scan. */
function nowSql(plan: EntityPlan, types: ColumnTypes): string {
  if (atType(plan, types) === 'timestamp with time zone') return 'statement_timestamp()';
  return `(statement_timestamp() AT TIME ZONE '${plan.options.zone.replaceAll("'", "''")}')`;
}

function lastPosition(rows: readonly TextRow[]): Position | null {
  const last = rows.at(-1);
  return last ? { at: last[ROW.at] ?? '', id: last[ROW.id] ?? '' } : null;
}
