import type { ChangePage } from '#connector-sdk';
import { z } from 'zod';
import { isSweepDue, overlapStart, parseCursor, toChangePage, type ChangeReader } from './change-reader.js';
import type { ChangesOptions } from './entity-options.js';
import { pagingStateSchema, START } from './paging.js';
import { readPage } from './read-page.js';
import { idOf, timeTextOf, toInstant } from './records.js';
import { fillQuery } from './template.js';
import { HubError } from '#kernel';

type SinceOptions = Extract<ChangesOptions, { kind: 'since' }>;

/** A time as the vendor prints it, and everything that was read with exactly this time. */
const topSchema = z.strictObject({ at: z.string(), ids: z.array(z.string()) });
type Top = z.infer<typeof topSchema>;

const cursorSchema = z.strictObject({
  /** Latest time of finished rounds; the next round starts there. */
  since: topSchema.nullable(),
  /** The round under way: where it started, its page, the latest time it has seen; a sweep repeats what is known. */
  round: z.strictObject({ from: z.string().nullable(), page: pagingStateSchema, isSweep: z.boolean() }).nullable(),
  top: topSchema.nullable(),
  sweepFrom: z.string(),
  sweptAtMs: z.number(),
});
type Cursor = z.infer<typeof cursorSchema>;

/**
 * Records since a time, for APIs that filter by time alone. A round reads the filtered list to its end; the next one
 * starts at the latest time of all, so that records of one time are not lost, and leaves out those of that time that were
 * told. Every half overlap a round starts behind it and tells everything again, for records that became visible late.
 */
export async function readChangesSince(
  reader: ChangeReader,
  options: SinceOptions,
  text: string | null,
): Promise<ChangePage> {
  const { plan, client } = reader;
  const known = text === null ? null : parseCursor(plan, cursorSchema, text);
  const started = await withRound(reader, known);
  const { from, page, isSweep } = started.round;
  const query = { ...options.query, ...(from === null ? {} : fillQuery(options.since, { at: from })) };
  const { items, step, serverMs } = await readPage(client, plan, { query, paging: options.paging }, page);
  if (step.kind === 'broken')
    throw new HubError('HUB_SCAN_INCOMPLETE', `The pages of ${plan.path} go in a circle: see options.changes.paging.`);
  const told = isSweep ? items : items.filter((item) => !isTold(reader, started.since, item));
  const top = items.reduce<Top | null>((highest, item) => toTop(reader, highest, item), started.top);
  const cursor = { ...started, top, sweepFrom: started.sweepFrom || overlapStart(reader, serverMs) };
  if (step.kind === 'more')
    return toChangePage(reader, told, { ...cursor, round: { from, page: step.state, isSweep } }, true);
  return toChangePage(reader, told, { ...cursor, since: top, round: null }, false);
}

async function withRound(
  reader: ChangeReader,
  known: Cursor | null,
): Promise<Cursor & { readonly round: NonNullable<Cursor['round']> }> {
  if (known === null)
    return {
      since: null,
      round: { from: null, page: START, isSweep: false },
      top: null,
      sweepFrom: '', // set with the first answer, by the vendor's time
      sweptAtMs: reader.clock.nowMs(),
    };
  if (known.round !== null) return { ...known, round: known.round };
  if (known.since === null || !isSweepDue(reader, known.sweptAtMs))
    return { ...known, top: known.since, round: { from: known.since?.at ?? null, page: START, isSweep: false } };
  await reader.client.probe();
  const from = earlier(reader, known.sweepFrom, known.since.at);
  const round = { from, page: START, isSweep: true };
  return { ...known, top: known.since, round, sweepFrom: '', sweptAtMs: reader.clock.nowMs() };
}

function isTold({ plan }: ChangeReader, since: Top | null, item: unknown): boolean {
  const id = idOf(plan, item);
  return since !== null && id !== null && timeTextOf(plan, item) === since.at && since.ids.includes(id);
}

function toTop({ plan }: ChangeReader, highest: Top | null, item: unknown): Top | null {
  const [at, id] = [timeTextOf(plan, item), idOf(plan, item)];
  const instant = toInstant(plan, at);
  if (at === null || id === null || instant === null) return highest;
  const before = highest === null ? null : toInstant(plan, highest.at);
  if (highest === null || before === null || instant > before) return { at, ids: [id] };
  if (instant < before || highest.ids.includes(id)) return highest;
  return { ...highest, ids: [...highest.ids, id] };
}

function earlier({ plan }: ChangeReader, left: string, right: string): string {
  return (toInstant(plan, left) ?? '') <= (toInstant(plan, right) ?? '') ? left : right;
}
