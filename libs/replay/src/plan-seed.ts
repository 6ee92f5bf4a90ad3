import { HubError } from '#kernel';
import type { OffsetRange, TargetState } from './ports.js';

/** What a seed reads of one partition. */
export interface PartitionPlan {
  readonly partition: number;
  readonly fromOffset: bigint;
  readonly untilOffset: bigint;
}

/** What a seed would do; shown before it runs. */
export interface SeedPlan {
  readonly topic: string;
  /** True when an earlier seed into this target goes on. */
  readonly isResumed: boolean;
  readonly partitions: readonly PartitionPlan[];
  /** Upper bound of the messages to read: compaction leaves gaps between offsets. */
  readonly messages: bigint;
  /** Why the target can't be used; null when it can. */
  readonly refusal: string | null;
}

/** What is to be seeded. */
export interface PlannedTopic {
  readonly topic: string;
  readonly ranges: ReadonlyMap<number, OffsetRange>;
  /** As {@link shapeText} writes it. */
  readonly shape?: string;
}

/** Decides what to read, or why not; pure. */
export function planSeed({ topic, ranges, shape = '' }: PlannedTopic, target: TargetState): SeedPlan {
  const refusal = findRefusal({ topic, ranges, shape }, target);
  const positions = target.kind === 'seed' && refusal === null ? target.positions : new Map<number, never>();
  const partitions = [...ranges]
    .sort(([left], [right]) => left - right)
    .map(([partition, { low, high }]) => ({
      partition,
      fromOffset: positions.get(partition)?.nextOffset ?? low,
      untilOffset: high,
    }));
  const messages = partitions.reduce((sum, { fromOffset, untilOffset }) => sum + untilOffset - fromOffset, 0n);
  return { topic, isResumed: target.kind === 'seed' && refusal === null, partitions, messages, refusal };
}

/** @throws HubError HUB_SEED_TARGET_INVALID when the plan is refused */
export function assertRunnable(plan: SeedPlan): void {
  if (plan.refusal !== null) throw new HubError('HUB_SEED_TARGET_INVALID', plan.refusal, { topic: plan.topic });
}

function findRefusal({ topic, ranges, shape }: Required<PlannedTopic>, target: TargetState): string | null {
  switch (target.kind) {
    case 'absent':
      return null;
    case 'foreign':
      return target.reason;
    case 'seed':
      if (target.topic !== topic) return `The table holds the seed of ${target.topic}, not of ${topic}.`;
      if (target.shape !== shape) return 'The target was seeded with another filter, other fields or another time.';
      return findMisfit(topic, ranges, target);
  }
}

/** A topic that was made anew, or lost messages, can't be followed from the target's offsets. */
function findMisfit(
  topic: string,
  ranges: ReadonlyMap<number, OffsetRange>,
  { positions }: Extract<TargetState, { readonly kind: 'seed' }>,
): string | null {
  if (positions.size !== ranges.size)
    return `${topic} has ${ranges.size} partitions, the table was seeded from ${positions.size}.`;
  for (const [partition, { low, high }] of ranges) {
    const nextOffset = positions.get(partition)?.nextOffset;
    if (nextOffset === undefined) return `The table has no position for partition ${partition} of ${topic}.`;
    if (nextOffset > high || nextOffset < low)
      return `The table stands at ${nextOffset} of ${topic}/${partition}, which holds ${low} to ${high}: the topic was made anew.`;
  }
  return null;
}
