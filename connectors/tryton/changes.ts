import type { ChangePage, ObservedRecord } from '#connector-sdk';
import { HubError, instantOfMs, type BusinessKey, type Clock, type ExternalId, type Instant } from '#kernel';
import { z } from 'zod';
import { positionSchema, readPage, type Page, type PageBounds, type Position } from './change-pages.js';
import type { TrytonClient } from './client.js';
import { readDeleted } from './deleted-ids.js';
import type { DeleteSource, TrytonEntity } from './entity.js';
import { toObserved, type EntityPlan } from './records.js';
import { assertContinuity, readWitness, witnessSchema, type Witness } from './witness.js';

const streamSchema = z.strictObject({
  /** Last row read; null before the first. */
  head: positionSchema.nullable(),
  /** A sweep under way: what it has read, and the head at its start. */
  sweep: z.strictObject({ after: positionSchema, until: positionSchema }).nullable(),
  /** The newest row told before its turn, while others wait to be read. */
  ahead: positionSchema.nullable().default(null),
});
type Stream = z.infer<typeof streamSchema>;

const cursorSchema = z.strictObject({
  streams: z.record(z.string(), streamSchema),
  /** Where the next sweep starts: Tryton's time at the last one, less the overlap. */
  sweepFrom: z.string(),
  /** When the last sweep began, by our clock. */
  sweptAtMs: z.number(),
  /** Shows that Tryton did not go back in time; null where its log is not read. */
  witness: witnessSchema.default(null),
});
type Cursor = z.infer<typeof cursorSchema>;

/** What reading changes needs. */
export interface ChangeReader {
  readonly plan: EntityPlan;
  readonly client: TrytonClient;
  readonly clock: Clock;
  readonly overlapMs: number;
  /** Whether the log is read for deletes. */
  readonly readsLog: boolean;
}

/** What the streams brought: roots to read, and roots that are said to be gone. */
interface Found {
  readonly roots: Set<number>;
  readonly gone: Map<number, Instant>;
  isFull: boolean;
}

type Read = (bounds: PageBounds, found: Found) => Promise<Page>;

/** So many of the newest rows are told before their turn with each page of a backlog. */
const AHEAD_ROWS = 20;

/**
 * Rows after the cursor by (time, id), of every model that makes up the entity's records, and every half overlap a sweep
 * behind the cursor. Tryton stamps rows with the time their transaction *began*: one that began earlier and commits later
 * lies behind a cursor that has passed. A transaction no longer than the overlap is never missed: it commits after some
 * sweep began, less than the overlap after its time, and the next sweep starts at that one's time less the overlap.
 * @throws HubError HUB_SOURCE_RESTORED when Tryton is in an older state than the one that the cursor belongs to
 */
export async function readChanges(reader: ChangeReader, text: string | null, limit: number): Promise<ChangePage> {
  const entity = reader.plan.entity;
  const started = text === null ? await firstCursor(reader) : parseCursor(reader, text);
  await assertContinuity(reader.client, started.witness);
  const cursor = await withDueSweep(reader, started);
  const found: Found = { roots: new Set(), gone: new Map(), isFull: false };
  const streams: Record<string, Stream> = {};
  for (const [name, read] of streamsOf(reader)) {
    const stream = cursor.streams[name] ?? { head: null, sweep: null, ahead: null };
    streams[name] = await readStream(stream, (bounds) => read(bounds, found), limit, found);
  }
  const { records, rejected } = await readFound(reader.plan, entity, found);
  const isNews = found.roots.size + found.gone.size > 0;
  const witness = isNews ? await findWitness(reader) : cursor.witness;
  return { records, rejected, cursor: JSON.stringify({ ...cursor, streams, witness }), more: found.isFull };
}

async function readStream(
  stream: Stream,
  read: (bounds: PageBounds) => Promise<Page>,
  limit: number,
  found: Found,
): Promise<Stream> {
  const page = await read({ after: stream.head, until: null, limit });
  const head = page.last ?? stream.head;
  if (page.last && page.isFull) {
    found.isFull = true;
    return { ...stream, head, ahead: await readAhead(stream, page.last, read) };
  }
  if (stream.sweep === null) return { head, sweep: null, ahead: null };
  const swept = await read({ ...stream.sweep, limit });
  if (!swept.isFull || swept.last === null) return { head, sweep: null, ahead: null };
  found.isFull = true;
  return { head, sweep: { ...stream.sweep, after: swept.last }, ahead: null };
}

/**
 * Tells the newest rows of a backlog at once: what a person changes now does not wait behind an import. They are told
 * again in their turn, so that nothing depends on this.
 */
async function readAhead(
  { head, ahead }: Stream,
  last: Position,
  read: (bounds: PageBounds) => Promise<Page>,
): Promise<Position | null> {
  if (head === null) return null; // all there is comes for the first time
  const isPassed = ahead !== null && (ahead.at < last.at || (ahead.at === last.at && ahead.id <= last.id));
  const after = ahead === null || isPassed ? last : ahead;
  const newest = await read({ after, until: null, limit: AHEAD_ROWS, newestFirst: true });
  return newest.last ?? ahead;
}

function streamsOf({ plan: { entity }, client, readsLog }: ChangeReader): readonly (readonly [string, Read])[] {
  const sources = entity.sources.map((source): [string, Read] => [
    source.model,
    async (bounds, { roots }) => {
      const page = await readPage(client, source, bounds);
      for (const root of page.roots) roots.add(root);
      return page;
    },
  ]);
  const { deletes } = entity;
  return readsLog && deletes.length > 0 ? [...sources, ['log', readLog(client, deletes)]] : sources;
}

/** One stream for all models: their deletes stand in the same log. */
function readLog(client: TrytonClient, sources: readonly DeleteSource[]): Read {
  const models = sources.map(({ model }) => model);
  return async (bounds, { gone }) => {
    const page = await readDeleted(client, models, bounds);
    for (const { model, id, at } of page.deleted)
      for (const root of (await sources.find((source) => source.model === model)?.rootsOf([id])) ?? [])
        gone.set(root, at);
    return page;
  };
}

/**
 * Reads what was found as it is now. What a row or the log points to, and Tryton does not show when it is asked for by its
 * id, is deleted; the log may tell it again.
 */
async function readFound(
  plan: EntityPlan,
  entity: TrytonEntity,
  { roots, gone }: Found,
): Promise<Pick<ChangePage, 'records' | 'rejected'>> {
  const ids = [...new Set([...roots, ...gone.keys()])];
  if (ids.length === 0) return { records: [], rejected: [] };
  const found = await entity.read(ids);
  const read = toObserved(plan, found);
  const excluded = new Set(found.excluded);
  const seen = new Set<string>([...read.records, ...read.rejected].map(({ externalId }) => externalId));
  const deleted: ObservedRecord[] = [];
  for (const id of await entity.externalIdsOf(ids.filter((root) => !excluded.has(root))))
    if (!seen.has(id)) deleted.push(toDeleted(id as ExternalId, gone.get(entity.rootOf(id) ?? 0) ?? null));
  return { records: [...read.records, ...deleted], rejected: read.rejected };
}

/** The key went with the record: the hub knows it by the external id. */
function toDeleted(externalId: ExternalId, changedAt: Instant | null): ObservedRecord {
  const key = '' as BusinessKey;
  return { externalId, key, version: null, changedAt, status: 'deleted', fields: {}, digest: null };
}

/**
 * A first read goes through the roots alone, which brings all there is; what their parts and the log did meanwhile is
 * read from the overlap before its start.
 */
async function firstCursor(reader: ChangeReader): Promise<Cursor> {
  const sweepFrom = await readOverlapStart(reader);
  const roots = new Set(reader.plan.entity.sources.filter(({ isRoot }) => isRoot).map(({ model }) => model));
  const streams = streamsOf(reader).map(([name]): [string, Stream] => [
    name,
    { head: roots.has(name) ? null : { at: sweepFrom, id: 0 }, sweep: null, ahead: null },
  ]);
  const witness = await findWitness(reader);
  return { streams: Object.fromEntries(streams), sweepFrom, sweptAtMs: reader.clock.nowMs(), witness };
}

async function withDueSweep(reader: ChangeReader, cursor: Cursor): Promise<Cursor> {
  const nowMs = reader.clock.nowMs();
  const isDue = nowMs - cursor.sweptAtMs >= reader.overlapMs / 2 || nowMs < cursor.sweptAtMs;
  if (!isDue || Object.values(cursor.streams).some(({ sweep }) => sweep !== null)) return cursor;
  const sweepFrom = await readOverlapStart(reader);
  const after = { at: cursor.sweepFrom, id: 0 };
  const streams = Object.entries(cursor.streams).map(([name, stream]): [string, Stream] => [
    name,
    stream.head === null ? stream : { ...stream, sweep: { after, until: stream.head } },
  ]);
  return { streams: Object.fromEntries(streams), sweepFrom, sweptAtMs: nowMs, witness: await findWitness(reader) };
}

async function findWitness({ client, readsLog }: ChangeReader): Promise<Witness> {
  return readsLog ? readWitness(client) : null;
}

/** Tryton's clock less the overlap. It tells whole seconds only. */
async function readOverlapStart({ client, overlapMs }: ChangeReader): Promise<Instant> {
  return instantOfMs((await client.serverTimeMs()) - 1_000 - overlapMs);
}

function parseCursor({ plan }: ChangeReader, text: string): Cursor {
  try {
    return cursorSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new HubError('HUB_INVARIANT_BROKEN', `${plan.name}: the cursor is none of this connector.`, {}, { cause });
  }
}
