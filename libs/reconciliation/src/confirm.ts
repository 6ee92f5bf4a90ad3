import type { Clock } from '#kernel';
import { classify, toUndecided, type Comparison } from './classify.js';
import type { RoundDifference } from './round-jobs.js';

/** Reads records and their mirror rows as {@link Comparison} asks. Ids known to neither side may be left out. */
export interface ComparisonReader {
  read(externalIds: readonly string[]): Promise<readonly Comparison[]>;
}

/** How patiently candidates are looked at again. */
export interface ConfirmOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Looks at a record that keeps moving before it is left undecided. */
  readonly attempts?: number;
  readonly pauseMs?: number;
  readonly pageSize?: number;
  /** The rule; replaced only by the tests that show what it is good for. */
  readonly classify?: typeof classify;
}

/**
 * Turns candidates of a scan into confirmed differences: each is read again until it holds still, and what never does
 * is `undecided`. A scan alone proves nothing (measured: 530 false of 670 by one comparison, 0 by this rule).
 */
export async function confirmCandidates(
  candidates: readonly string[],
  reader: ComparisonReader,
  options: ConfirmOptions,
): Promise<RoundDifference[]> {
  const { attempts = 5, pauseMs = 200 } = options;
  const differences: RoundDifference[] = [];
  let waiting = candidates;
  for (let attempt = 1; waiting.length > 0; attempt += 1) {
    const moving: Comparison[] = [];
    for await (const comparison of readAll(waiting, reader, options.pageSize)) {
      const result = (options.classify ?? classify)(comparison);
      if (result.kind === 'again') moving.push(comparison);
      if (result.kind === 'difference') differences.push(result.difference);
    }
    if (attempt >= attempts || options.signal?.aborted) return [...differences, ...moving.map(toUndecided)];
    waiting = moving.map((comparison) => comparison.externalId);
    if (waiting.length > 0) await options.clock.sleep(pauseMs, options.signal);
  }
  return differences;
}

async function* readAll(ids: readonly string[], reader: ComparisonReader, pageSize = 500): AsyncIterable<Comparison> {
  for (let start = 0; start < ids.length; start += pageSize)
    yield* await reader.read(ids.slice(start, start + pageSize));
}
