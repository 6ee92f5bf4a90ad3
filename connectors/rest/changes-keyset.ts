import type { ChangePage } from '#connector-sdk';
import { z } from 'zod';
import { isSweepDue, overlapStart, parseCursor, toChangePage, type ChangeReader } from './change-reader.js';
import type { ChangesOptions } from './entity-options.js';
import { readPage, type ListPage } from './read-page.js';
import { idOf, timeTextOf, toInstant } from './records.js';
import { fillQuery } from './template.js';
import { START } from './paging.js';

type KeysetOptions = Extract<ChangesOptions, { kind: 'keyset' }>;

/** A record's place in (time, id) order, as the vendor prints both. */
const positionSchema = z.strictObject({ at: z.string(), id: z.string() });
type Position = z.infer<typeof positionSchema>;

const cursorSchema = z.strictObject({
  /** Last record read; null before the first. */
  head: positionSchema.nullable(),
  /** Where the next sweep starts: the vendor's time at the last one, less the overlap. */
  sweepFrom: z.string(),
  /** When the last sweep began, by our clock. */
  sweptAtMs: z.number(),
  /** A sweep under way: what it has read, and the head at its start. */
  sweep: z.strictObject({ after: positionSchema, until: z.string() }).nullable(),
});
type Cursor = z.infer<typeof cursorSchema>;

/**
 * Records after the cursor by (time, id), and every half overlap a sweep behind it, for records that became visible late
 * with an older time. A transaction (or an index that lags) no longer than the overlap is never missed: it becomes
 * visible after some sweep began, less than the overlap after the time that it wrote, and the next sweep begins at that
 * one's time less the overlap. What a sweep reads again is recognised by the mirror.
 */
export async function readKeysetChanges(
  reader: ChangeReader,
  options: KeysetOptions,
  text: string | null,
  limit: number,
): Promise<ChangePage> {
  const known = text === null ? null : parseCursor(reader.plan, cursorSchema, text);
  const size = Math.min(limit, options.pageSize);
  const head = await readAfter(reader, options, known?.head ?? null, size);
  const cursor = await toMoved(reader, known, head);
  const isFull = head.items.length >= size;
  if (isFull || cursor.sweep === null) return toChangePage(reader, head.items, cursor, isFull);
  const { until } = cursor.sweep;
  const swept = await readAfter(reader, options, cursor.sweep.after, size);
  const within = swept.items.filter((item) => isUntil(reader, item, until));
  const after = lastPosition(reader, swept.items);
  // A short page may be the vendor's cap: a sweep ends behind the head it began with, or where nothing is left.
  const goesOn = within.length === swept.items.length && after !== null;
  const next: Cursor = { ...cursor, sweep: goesOn ? { after, until } : null };
  return toChangePage(reader, [...head.items, ...within], next, goesOn);
}

/** The cursor behind the head's page, with a sweep where one is due. */
async function toMoved(reader: ChangeReader, known: Cursor | null, page: ListPage): Promise<Cursor> {
  const nowMs = reader.clock.nowMs();
  const head = lastPosition(reader, page.items) ?? known?.head ?? null;
  if (known === null) return { head, sweepFrom: overlapStart(reader, page.serverMs), sweptAtMs: nowMs, sweep: null };
  if (known.sweep !== null || known.head === null || !isSweepDue(reader, known.sweptAtMs)) return { ...known, head };
  // What a stranger is not shown must not count as swept.
  await reader.client.probe();
  // What came since the old head is in the head's own page.
  const sweep = { after: { at: known.sweepFrom, id: '' }, until: known.head.at };
  return { head, sweepFrom: overlapStart(reader, page.serverMs), sweptAtMs: nowMs, sweep };
}

function readAfter(
  { client, plan }: ChangeReader,
  options: KeysetOptions,
  after: Position | null,
  limit: number,
): Promise<ListPage> {
  const query = {
    ...options.query,
    ...(after === null ? {} : fillQuery(options.after, { at: after.at, id: after.id })),
    [options.limit]: String(limit),
  };
  return readPage(client, plan, { query, paging: { kind: 'none' } }, START);
}

/** All of the head's own time belong to the sweep: their order among each other is the vendor's. */
function isUntil({ plan }: ChangeReader, item: unknown, until: string): boolean {
  const [at, end] = [toInstant(plan, timeTextOf(plan, item)), toInstant(plan, until)];
  return at === null || end === null || at <= end;
}

function lastPosition({ plan }: ChangeReader, items: readonly unknown[]): Position | null {
  const last = items.at(-1);
  const [at, id] = [timeTextOf(plan, last), idOf(plan, last)];
  return at === null || id === null ? null : { at, id };
}
