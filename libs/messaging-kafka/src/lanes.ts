import { isKafkaError } from './kafka-errors.js';

/** How a page is carried through lanes; tests replace a rule to see that they notice. */
export interface LaneRules {
  /** Parts of the page that may run side by side, none of them empty. All messages of a key are in one, in their order. */
  split<M extends { readonly key: string }>(messages: readonly M[], lanes: number): readonly (readonly M[])[];
  /** Resolves when nothing runs any more. */
  rest(runs: readonly Promise<boolean>[]): Promise<readonly PromiseSettledResult<boolean>[]>;
}

const FNV_OFFSET = 2_166_136_261;
const FNV_PRIME = 16_777_619;

/** The rules as shipped. */
export const LANE_RULES: LaneRules = { split: splitByKey, rest: (runs) => Promise.allSettled(runs) };

/** Work of one lane; its signal aborts as soon as the page is not going to be finished. */
export type LaneWork<M> = (part: readonly M[], signal: AbortSignal) => Promise<boolean>;

/**
 * Runs the parts side by side; true when each says that it is done. It settles only when all of them rest: where one fails or
 * gives up, the others are told to, and waited for. Of several errors one that stops the consumer is thrown first.
 */
export async function runLanes<M>(
  parts: readonly (readonly M[])[],
  work: LaneWork<M>,
  { rules, signal }: { readonly rules: LaneRules; readonly signal: AbortSignal },
): Promise<boolean> {
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    const results = await rules.rest(parts.map((part) => runLane(part, work, leaving)));
    throwFirst(results);
    return results.every((result) => result.status === 'fulfilled' && result.value);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

async function runLane<M>(part: readonly M[], work: LaneWork<M>, leaving: AbortController): Promise<boolean> {
  let isDone = false;
  try {
    isDone = await work(part, leaving.signal);
    return isDone;
  } finally {
    if (!isDone) leaving.abort();
  }
}

/** A rebalance only makes the consumer begin the page again, and would hide why it should not. */
function throwFirst(results: readonly PromiseSettledResult<boolean>[]): void {
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const found = reasons.findIndex((reason) => !isKafkaError(reason));
  if (reasons.length > 0) throw reasons[Math.max(found, 0)];
}

function splitByKey<M extends { readonly key: string }>(messages: readonly M[], lanes: number): M[][] {
  const parts: M[][] = Array.from({ length: lanes }, () => []);
  for (const message of messages) parts[laneOf(message.key, lanes)]?.push(message);
  return parts.filter((part) => part.length > 0);
}

/** Not the partitioner's hash: that is the same, modulo the number of partitions, for all keys of a partition. */
function laneOf(key: string, lanes: number): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), FNV_PRIME);
  hash ^= hash >>> 15;
  return (hash >>> 0) % lanes;
}
