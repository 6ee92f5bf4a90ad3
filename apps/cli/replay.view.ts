import type { ReplayJob, ReplayOutcome, ReplayPlan, ReplayPreview, ReplayProgress } from '#replay';
import { grouped, indent, table, when } from './text.js';

const BAR_CELLS = 24;

/** What a replay would do, for people; with counts after a dry run. */
export function renderReplayPlan(plan: ReplayPlan, preview: ReplayPreview | null): string {
  const { source, destination, windows, offsets, affected, warnings } = plan;
  const head = `Replay ${source} into ${describeTarget(plan)}: at most ${grouped(Number(offsets))} messages`;
  const rows = preview
    ? preview.partitions.map((part) => [
        ...[part.partition, Number(part.fromOffset), Number(part.untilOffset), part.messages, part.selected],
        part.unreadable,
      ])
    : windows.map(({ partition, fromOffset, untilOffset }) => [partition, Number(fromOffset), Number(untilOffset)]);
  const heads = ['partition', 'from', 'until', ...(preview ? ['messages', 'selected', 'unreadable'] : [])];
  const readers = affected.map(({ groupId, state, isSubscribed }) =>
    indent(`${groupId} (${isSubscribed ? 'reads it' : 'has read it'}, ${state})`),
  );
  const who = readers.length === 0 ? [`No group reads ${destination.topic}.`] : ['Affected groups:', ...readers];
  return [head, indent(table(heads, rows)), ...who, ...warnings, ...(preview ? renderSamples(preview) : [])].join('\n');
}

function renderSamples({ samples, keysNotFound }: ReplayPreview): string[] {
  const rows = samples.map(({ partition, offset, key, timestampMs, valueBytes }) => [
    `${partition}:${offset}`,
    JSON.stringify(key),
    new Date(timestampMs).toISOString(),
    valueBytes,
  ]);
  const missing = keysNotFound.length === 0 ? [] : [`No message of the keys: ${keysNotFound.join(', ')}`];
  if (rows.length === 0) return ['Nothing is selected.', ...missing];
  return ['Samples:', indent(table(['place', 'key', 'time', 'bytes'], rows)), ...missing];
}

function describeTarget({ destination: { topic, group } }: Pick<ReplayPlan, 'destination'>): string {
  return group === null ? topic : `the lane of ${group} (${topic})`;
}

/** One line of progress. */
export function renderReplayProgress({ sent, passed, total, perSecond, etaSeconds }: ReplayProgress): string {
  const share = total === 0n ? 1 : Number(passed) / Number(total);
  const cells = Math.floor(share * BAR_CELLS);
  const bar = `[${'#'.repeat(cells)}${'.'.repeat(BAR_CELLS - cells)}]`;
  const left = etaSeconds === null ? '' : `, ${grouped(etaSeconds)} s left`;
  return `${bar} ${Math.floor(share * 100)}%: ${grouped(sent)} messages, ${grouped(perSecond)} messages/s${left}`;
}

/** How a run ended. */
export function renderReplayOutcome(id: string, { state, progress: { sent, unreadable } }: ReplayOutcome): string {
  const passed = unreadable === 0 ? '' : ` ${grouped(unreadable)} could not be read and were passed over.`;
  switch (state) {
    case 'done':
      return `Replay ${id} is done: ${grouped(sent)} messages.${passed}`;
    case 'aborted':
      return `Replay ${id} was aborted after ${grouped(sent)} messages; what was sent stays.`;
    case 'running':
    case 'paused':
    case 'failed':
      return `Replay ${id} is paused after ${grouped(sent)} messages; go on with: plumbline replay resume ${id}`;
  }
}

/** Replays, the latest first. */
export function renderReplays(jobs: readonly ReplayJob[], nowMs: number): string {
  if (jobs.length === 0) return 'No replay was ever ordered.';
  const rows = jobs.map((job) => [
    job.id,
    job.state,
    job.source,
    job.destination.topic,
    sentOf(job),
    when(job.createdAt, nowMs),
  ]);
  return table(['id', 'state', 'from', 'into', 'messages', 'ordered'], rows);
}

/** One replay. */
export function renderReplay(job: ReplayJob, nowMs: number): string {
  const rows = job.positions.map(({ partition, fromOffset, untilOffset, nextOffset, sent }) => [
    ...[partition, Number(fromOffset), Number(untilOffset), Number(nextOffset), sent],
  ]);
  return [
    `${job.id}: ${job.state}${job.problem === null ? '' : ` (${job.problem})`}`,
    `${job.source} into ${describeTarget(job)}, ordered by ${job.actor} ${when(job.createdAt, nowMs)}`,
    indent(table(['partition', 'from', 'until', 'next', 'messages'], rows)),
  ].join('\n');
}

function sentOf({ positions }: ReplayJob): number {
  return positions.reduce((sum, { sent }) => sum + sent, 0);
}
