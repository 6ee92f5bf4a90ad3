/** Numbers from `first` to `last`, all of them. Exact as floats until 2^53: 285 years at a million rows a second. */
interface Run {
  readonly first: number;
  last: number;
}

/** Numbers above `after` and, unless it is null, below `before`. */
export interface NumberRange {
  readonly after: bigint;
  readonly before: bigint | null;
}

/** What is forgotten only costs reading. */
const MOST_RUNS = 256;

/**
 * Numbers of one shard that need not be looked at again: their rows were removed, or are in flight. Not a cursor: a number
 * between them, whose row may become visible late, is never among them. Without it each page reads all rows that were removed
 * since the floor rose, and those in flight.
 */
export class PassedRuns {
  private runs: Run[] = [];

  /** Adds rows that were removed. */
  add(sequences: readonly bigint[]): void {
    this.runs = merged([...this.runs, ...toRuns(sequences)]).slice(-MOST_RUNS);
  }

  /**
   * What is left above a floor, ascending, besides these rows in flight; the last range has no end. Where there would be more
   * than `most` ranges, the lowest are one, which holds also what is between them.
   */
  rangesAbove(floor: bigint, inFlight: readonly bigint[], most: number): NumberRange[] {
    const runs = merged([...this.runs, ...toRuns(inFlight)]);
    const ranges: NumberRange[] = [];
    let after = Number(floor);
    for (const { first, last } of runs) {
      if (first > after + 1) ranges.push(toRange(after, first));
      if (last > after) after = last;
    }
    ranges.push(toRange(after, null));
    const joined = ranges.splice(0, ranges.length - most + 1);
    const [lowest, highest] = [joined[0], joined.at(-1)];
    return lowest && highest ? [{ after: lowest.after, before: highest.before }, ...ranges] : ranges;
  }
}

function toRange(after: number, before: number | null): NumberRange {
  return { after: BigInt(after), before: before === null ? null : BigInt(before) };
}

/** Runs of rows as they come: mostly one after the other. */
function toRuns(sequences: readonly bigint[]): Run[] {
  const runs: Run[] = [];
  let run: Run | null = null;
  for (const sequence of sequences) {
    const number = Number(sequence);
    if (run && number === run.last + 1) run.last = number;
    else runs.push((run = { first: number, last: number }));
  }
  return runs;
}

/** Ascending, with a number missing between any two. */
function merged(runs: Run[]): Run[] {
  const result: Run[] = [];
  for (const run of runs.sort((left, right) => left.first - right.first)) {
    const before = result.at(-1);
    if (before && run.first <= before.last + 1) before.last = Math.max(before.last, run.last);
    else result.push({ ...run });
  }
  return result;
}
