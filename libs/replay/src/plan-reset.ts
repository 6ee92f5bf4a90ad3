import { HubError } from '#kernel';
import type { OffsetRange } from './ports.js';

/** Where a group is to go on reading. */
export type ResetTarget =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  /** The first message of this time or later, milliseconds since the epoch. */
  | { readonly kind: 'time'; readonly timeMs: number }
  /** The same offset in each partition. */
  | { readonly kind: 'offset'; readonly offset: bigint }
  /** So many messages forward, or back where it is negative. */
  | { readonly kind: 'shift'; readonly by: bigint };

/** What is known of group and topic. */
export interface ResetFacts {
  readonly ranges: ReadonlyMap<number, OffsetRange>;
  /** What the group has committed. */
  readonly committed: ReadonlyMap<number, bigint>;
  /** Offsets of the first message at the time; the end where there is none. Only for a target by time. */
  readonly atTime: ReadonlyMap<number, bigint> | null;
}

/** What a reset does to one partition. */
export interface PartitionReset {
  readonly partition: number;
  /** Null: the group has committed nothing here. */
  readonly from: bigint | null;
  readonly to: bigint;
  /** Offsets that the group reads again, at most so many messages. */
  readonly again: bigint;
  /** Offsets that the group never reads, at most so many messages. */
  readonly skipped: bigint;
  /** What people should know: that there is no message of that time, or that the wish was outside the topic. */
  readonly remark: string | null;
}

/** Decides where each partition goes, in their order; pure. A wish outside the topic becomes its nearest end, and is told. */
export function planReset(target: ResetTarget, { ranges, committed, atTime }: ResetFacts): PartitionReset[] {
  return [...ranges]
    .sort(([left], [right]) => left - right)
    .map(([partition, range]) => {
      const from = committed.get(partition) ?? null;
      const wanted = wish(target, { range, from, atTime: atTime?.get(partition) ?? range.high });
      const to = wanted < range.low ? range.low : wanted > range.high ? range.high : wanted;
      return {
        partition,
        from,
        to,
        ...countBetween(from ?? range.low, to),
        remark: remarkOn(target, { wanted, to, range }),
      };
    });
}

interface PartitionFacts {
  readonly range: OffsetRange;
  readonly from: bigint | null;
  readonly atTime: bigint;
}

function wish(target: ResetTarget, { range, from, atTime }: PartitionFacts): bigint {
  switch (target.kind) {
    case 'earliest':
      return range.low;
    case 'latest':
      return range.high;
    case 'time':
      return atTime;
    case 'offset':
      return target.offset;
    case 'shift':
      return (from ?? range.low) + target.by;
  }
}

function countBetween(from: bigint, to: bigint): { readonly again: bigint; readonly skipped: bigint } {
  return { again: from > to ? from - to : 0n, skipped: to > from ? to - from : 0n };
}

function remarkOn(
  { kind }: ResetTarget,
  { wanted, to, range }: { readonly wanted: bigint; readonly to: bigint; readonly range: OffsetRange },
): string | null {
  if (kind === 'time' && to === range.high) return 'no record at or after that time';
  return wanted === to ? null : `${wanted} is outside the topic (${range.low} to ${range.high})`;
}

/**
 * Refuses the hub's own groups: they go on from what their database says is applied, whatever Kafka has committed.
 * @throws HubError HUB_REPLAY_REFUSED
 */
export function assertOwnGroup(group: string, hubGroups: ReadonlySet<string>): void {
  if (!hubGroups.has(group)) return;
  const message = `${group} is a group of the hub: it goes on from the offsets in its database, not from Kafka's, and a reset would change nothing. Use \`plumbline replay … --lane\`, or \`plumbline revert\`.`;
  throw new HubError('HUB_REPLAY_REFUSED', message, { group });
}
