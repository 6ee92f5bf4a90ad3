import type { ChangePage } from '#connector-sdk';
import type { Clock } from '#kernel';
import { z } from 'zod';
import type { EntityPlan } from './entity-plan.js';
import type { ListPage, Records } from './records.js';

/**
 * A place in the order of `updatedAt`. Vendure shows milliseconds where its database has microseconds, and its lists can
 * be filtered by time but not by "id greater than": so the ids that were read at this very millisecond come along.
 */
const placeSchema = z.strictObject({ at: z.string(), ids: z.array(z.string()) });
type Place = z.infer<typeof placeSchema>;

export const pollingSchema = z.strictObject({
  head: placeSchema,
  /** When the head last moved, by our clock. */
  movedAtMs: z.number(),
  sweptAtMs: z.number(),
  /** Where the next sweep starts: the head at the start of the last one, less the overlap. */
  sweepFrom: z.string(),
  /** A sweep under way. */
  sweep: z.strictObject({ place: placeSchema, until: z.string() }).nullable(),
});
export type Polling = z.infer<typeof pollingSchema>;

interface Poller {
  readonly records: Records;
  readonly clock: Clock;
  readonly overlapMs: number;
}

const LAST_TIME = '9999-12-31T00:00:00.000Z';

/** Begins at the newest record, less the overlap; whoever calls reads everything else by a scan. */
export async function firstPolling({ records, clock, overlapMs }: Poller, plan: EntityPlan): Promise<Polling> {
  const { items } = await records.list(plan, { sort: { updatedAt: 'DESC' } }, 1);
  const at = before(items[0]?.updatedAt ?? new Date(0).toISOString(), overlapMs);
  const nowMs = clock.nowMs();
  return { head: { at, ids: [] }, movedAtMs: nowMs, sweptAtMs: nowMs, sweepFrom: at, sweep: null };
}

/**
 * Records after the head, and every half overlap a sweep behind it, for what a transaction wrote with an older time and
 * committed late. A transaction no longer than the overlap is never missed; when the head has rested for longer than
 * that, nothing can come behind it any more, and the sweeps rest too.
 */
export async function pollPage(
  poller: Poller,
  plan: EntityPlan,
  before: Polling,
  limit: number,
): Promise<Omit<ChangePage, 'cursor'> & { readonly polling: Polling }> {
  const polling = withDueSweep(poller, before);
  const page = await readFrom(poller, plan, polling.head, { until: LAST_TIME, limit });
  const movedAtMs = page.items.length > 0 ? poller.clock.nowMs() : polling.movedAtMs;
  const moved: Polling = { ...polling, head: placeAfter(polling.head, page), movedAtMs };
  const isFull = page.items.length >= limit;
  if (isFull || moved.sweep === null)
    return { records: page.records, rejected: page.rejected, more: isFull, polling: moved };
  const { place, until } = moved.sweep;
  const swept = await readFrom(poller, plan, place, { until, limit });
  const goesOn = swept.items.length >= limit;
  // a record that moved between the two reads is in both: the head's was read first
  const newer = new Map([...page.records, ...swept.records].map((record) => [record.externalId, record]));
  return {
    records: [...newer.values()],
    rejected: [...page.rejected, ...swept.rejected],
    more: goesOn,
    polling: { ...moved, sweep: goesOn ? { place: placeAfter(place, swept), until } : null },
  };
}

function withDueSweep({ clock, overlapMs }: Poller, polling: Polling): Polling {
  const nowMs = clock.nowMs();
  const isNeeded = polling.sweptAtMs <= polling.movedAtMs + overlapMs;
  const isDue = nowMs - polling.sweptAtMs >= overlapMs / 2 || nowMs < polling.sweptAtMs;
  if (!isNeeded || !isDue || polling.sweep !== null) return polling;
  const sweep = { place: { at: polling.sweepFrom, ids: [] }, until: polling.head.at };
  return { ...polling, sweptAtMs: nowMs, sweepFrom: before(polling.head.at, overlapMs), sweep };
}

/**
 * What is later than the place, and what has the very millisecond of it and was not read yet. Times include both ends,
 * unlike Vendure's `after` and `before`; fields of one object inside `_or` would be alternatives, too.
 */
function readFrom(
  { records }: Poller,
  plan: EntityPlan,
  { at, ids }: Place,
  { until, limit }: { readonly until: string; readonly limit: number },
): Promise<ListPage> {
  const end = until === LAST_TIME ? until : before(until, -1); // the end of that millisecond
  const later = { updatedAt: { between: { start: before(at, -1), end } } };
  const same = { _and: [{ updatedAt: { between: { start: at, end: before(at, -1) } } }, { id: { notIn: ids } }] };
  // a second sort key would come first: GraphQL puts them into the order of the schema, where `id` stands before
  return records.list(plan, { filter: { _or: [later, same] }, sort: { updatedAt: 'ASC' } }, limit);
}

function placeAfter(place: Place, { items }: ListPage): Place {
  const at = items.at(-1)?.updatedAt ?? place.at;
  const ids = items.filter(({ updatedAt }) => updatedAt === at).map(({ id }) => id);
  return { at, ids: at === place.at ? [...place.ids, ...ids] : ids };
}

function before(time: string, ms: number): string {
  return new Date(Date.parse(time) - ms).toISOString();
}
