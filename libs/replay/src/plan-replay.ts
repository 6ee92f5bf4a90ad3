import { HubError } from '#kernel';
import type { OffsetRange } from './ports.js';
import type { PartitionWindow, ReplaySource } from './replay-ports.js';
import type { ReplaySelection } from './replay-selection.js';

/** What a topic says of the times that a selection names; null where it names none. */
export interface TimedOffsets {
  readonly from: ReadonlyMap<number, bigint> | null;
  /** Null also where later messages may be older: then only reading them tells. */
  readonly until: ReadonlyMap<number, bigint> | null;
}

/** The windows that hold all that a selection can mean. @throws HubError HUB_REQUEST_INVALID, HUB_TOPIC_MISSING, HUB_BROKER_* */
export async function findWindows(source: ReplaySource, selection: ReplaySelection): Promise<PartitionWindow[]> {
  const { fromMs, untilMs } = selection;
  const ranges = await source.offsets();
  const from = fromMs === undefined ? null : await source.offsetsAt(fromMs);
  const isOrdered = untilMs !== undefined && (await source.isTimeOrdered());
  const until = isOrdered ? await source.offsetsAt(untilMs) : null;
  return planWindows(selection, ranges, { from, until });
}

/**
 * Decides what to read, in the order of partitions, without empty windows; pure. Windows are cut to what the topic holds now,
 * so that a replay has an end.
 * @throws HubError HUB_REQUEST_INVALID for a partition that the topic does not have, or a window that ends before it begins
 */
export function planWindows(
  { offsets, fromMs, untilMs }: ReplaySelection,
  ranges: ReadonlyMap<number, OffsetRange>,
  times: TimedOffsets,
): PartitionWindow[] {
  if (fromMs !== undefined && untilMs !== undefined && untilMs <= fromMs) throw invalid('The time range is empty.');
  const wanted = offsets ?? [...ranges.keys()].map((partition) => ({ partition }));
  const windows = wanted.map((window) => cut(window, ranges, times));
  const partitions = new Set(windows.map(({ partition }) => partition));
  if (partitions.size < windows.length) throw invalid('A partition is named twice.');
  return windows
    .filter(({ fromOffset, untilOffset }) => fromOffset < untilOffset)
    .sort((left, right) => left.partition - right.partition);
}

/** How many offsets the windows cover: at least as many as there are messages. */
export function countOffsets(windows: readonly PartitionWindow[]): bigint {
  return windows.reduce((sum, { fromOffset, untilOffset }) => sum + untilOffset - fromOffset, 0n);
}

type Wanted = NonNullable<ReplaySelection['offsets']>[number];

function cut(
  { partition, from, until }: Wanted,
  ranges: ReadonlyMap<number, OffsetRange>,
  times: TimedOffsets,
): PartitionWindow {
  const range = ranges.get(partition);
  if (!range) throw invalid(`The topic has partitions 0 to ${ranges.size - 1}, not ${partition}.`);
  const [first, end] = [toBigInt(from), toBigInt(until)];
  if (first !== null && end !== null && end < first)
    throw invalid(`The window of partition ${partition} ends before it begins.`);
  const fromOffset = highest(range.low, first, times.from?.get(partition) ?? null);
  const untilOffset = lowest(range.high, end, times.until?.get(partition) ?? null);
  return { partition, fromOffset, untilOffset };
}

function toBigInt(text: string | undefined): bigint | null {
  return text === undefined ? null : BigInt(text);
}

function highest(first: bigint, ...others: readonly (bigint | null)[]): bigint {
  return others.reduce<bigint>((best, other) => (other !== null && other > best ? other : best), first);
}

function lowest(first: bigint, ...others: readonly (bigint | null)[]): bigint {
  return others.reduce<bigint>((best, other) => (other !== null && other < best ? other : best), first);
}

function invalid(message: string): HubError {
  return new HubError('HUB_REQUEST_INVALID', message);
}
