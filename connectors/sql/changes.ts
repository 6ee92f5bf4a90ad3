import type { ChangePage } from '#connector-sdk';
import { HubError, type Clock } from '#kernel';
import { z } from 'zod';
import { ROW, type Position, type SqlTable, type TextRow } from './database.js';
import type { EntityPlan } from './entity-plan.js';
import { toRecords } from './records.js';

const positionSchema = z.strictObject({ at: z.string(), id: z.string() });

const cursorSchema = z.strictObject({
  /** Last row read; null before the first. */
  head: positionSchema.nullable(),
  /** Where the next sweep starts: the database's time at the last one, less the overlap. */
  sweepFrom: z.string(),
  /** When the last sweep began, by our clock. */
  sweptAtMs: z.number(),
  /** What was committed when the last sweep began: it need not be read again. */
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
  readonly table: SqlTable;
  readonly clock: Clock;
}

/**
 * Rows after the cursor by (time, id), and every half overlap a sweep behind it, for rows that were committed late
 * with an older time. A transaction no longer than the overlap is never missed: it commits after some sweep began, less
 * than the overlap after the time it wrote, and the next sweep begins at that one's time less the overlap. Where rows name
 * their transaction, a sweep reads only those that were not yet committed when the sweep before it began: each of the
 * others was read by the head or by an earlier sweep. What else is read again, the mirror recognises. Rows with a time in
 * the future are read when their time comes.
 */
export async function readChanges(reader: ChangeReader, text: string | null, limit: number): Promise<ChangePage> {
  const { plan, table } = reader;
  const started = text === null ? await firstCursor(reader) : parseCursor(plan, text);
  const cursor = await withDueSweep(reader, started);
  const head = await table.findChangedAfter(cursor.head, limit);
  const moved: Cursor = { ...cursor, head: lastPosition(head) ?? cursor.head };
  if (head.length === limit || moved.sweep === null) return toPage(plan, head, moved, head.length === limit);
  const swept = await table.findSwept(moved.sweep, limit);
  const after = lastPosition(swept);
  const goesOn = swept.length === limit && after !== null;
  const next: Cursor = { ...moved, sweep: goesOn ? { ...moved.sweep, after } : null };
  return toPage(plan, [...head, ...swept], next, goesOn);
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

async function firstCursor({ plan, table, clock }: ChangeReader): Promise<Cursor> {
  const { time, seen } = await table.findSweepStart(plan.options.overlapMs);
  return { head: null, sweepFrom: time, sweptAtMs: clock.nowMs(), seen, sweep: null };
}

async function withDueSweep({ plan, table, clock }: ChangeReader, cursor: Cursor): Promise<Cursor> {
  const nowMs = clock.nowMs();
  const isDue = nowMs - cursor.sweptAtMs >= plan.options.overlapMs / 2 || nowMs < cursor.sweptAtMs;
  if (!isDue || cursor.sweep !== null || cursor.head === null) return cursor;
  const { time, seen } = await table.findSweepStart(plan.options.overlapMs);
  const sweep = { after: null, from: cursor.sweepFrom, until: cursor.head, seen: cursor.seen };
  return { ...cursor, sweepFrom: time, sweptAtMs: nowMs, seen, sweep };
}

function lastPosition(rows: readonly TextRow[]): Position | null {
  const last = rows.at(-1);
  return last ? { at: last[ROW.at] ?? '', id: last[ROW.id] ?? '' } : null;
}
