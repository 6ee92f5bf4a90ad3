import type { CombinedDigest } from '#canonical';
import type { Clock } from '#kernel';
import { compareRanges, type IdRange } from './compare-ranges.js';
import { nextStatementSize, RECORD_STATEMENT_SIZES, STATEMENT_SIZES, type StatementSizes } from './statement-size.js';

/** One live record; a null digest equals none. */
export interface KeyDigest {
  readonly externalId: string;
  readonly digest: string | null;
}

/** One side of a comparison by digests: the mirror, or the system itself. */
export interface DigestSide {
  /** Digests of the live records of each range, in the order of the ranges. */
  digestRanges(ranges: readonly IdRange[]): Promise<readonly CombinedDigest[]>;
  /** The live records of all the ranges, each once, in any order. */
  findKeyDigests(ranges: readonly IdRange[]): Promise<readonly KeyDigest[]>;
}

/** How a descent asks. */
export interface DescentOptions {
  readonly ours: DigestSide;
  readonly theirs: DigestSide;
  readonly clock: Clock;
  /** Every statement costs the system a pass over all its records: then all ranges are asked for in one. */
  readonly atOnce?: boolean;
  /** Statements under way at once on each side. */
  readonly lanes?: number;
  readonly sizes?: StatementSizes;
  /** The rule; replaced only by the tests that show what it is good for. */
  readonly compareRanges?: typeof compareRanges;
}

/** What a descent found. */
export interface Descent {
  /** Ids of records that are on one side only, or differ. Candidates: what moved meanwhile may be among them. */
  readonly candidates: readonly string[];
  /** Live records that the system holds. */
  readonly scanned: number;
  readonly dirtyRanges: number;
  /** Records of the system's fullest range. */
  readonly largestRange: number;
}

/**
 * Finds what differs between two sides without reading what does not: digests of ranges on both sides, then the digests
 * of the single records of dirty ranges. The ranges must cover the id space without overlap. What held still is found
 * exactly: every record that differs, and no other. Statements are short: their size follows the time that they take.
 * @throws HubError HUB_SCAN_INCOMPLETE when a side leaves out an answer, and whatever the sides throw
 */
export async function descend(ranges: readonly IdRange[], options: DescentOptions): Promise<Descent> {
  const { ours, theirs, compareRanges: compare = compareRanges } = options;
  const dirty: IdRange[] = [];
  let [scanned, largestRange] = [0, 0];
  await inStatements(ranges, options, async (part) => {
    const [mine, found] = await Promise.all([ours.digestRanges(part), theirs.digestRanges(part)]);
    for (const range of compare(part, mine, found)) dirty.push(range);
    for (const { count } of found) {
      scanned += count;
      largestRange = Math.max(largestRange, count);
    }
  });
  const candidates: string[] = [];
  await inStatements(dirty, { sizes: RECORD_STATEMENT_SIZES, ...options }, async (part) => {
    const [mine, found] = await Promise.all([ours.findKeyDigests(part), theirs.findKeyDigests(part)]);
    for (const id of differingIds(mine, found)) candidates.push(id);
  });
  return { candidates, scanned, dirtyRanges: dirty.length, largestRange };
}

/** Ids on one side only, or with different digests. */
function* differingIds(ours: readonly KeyDigest[], theirs: readonly KeyDigest[]): Generator<string> {
  const known = new Map(ours.map(({ externalId, digest }) => [externalId, digest]));
  for (const { externalId, digest } of theirs) {
    const isEqual = digest !== null && known.get(externalId) === digest;
    known.delete(externalId);
    if (!isEqual) yield externalId;
  }
  yield* known.keys();
}

/** Takes the ranges in order, so many a statement as the time of the last one allows. */
async function inStatements(
  ranges: readonly IdRange[],
  { clock, atOnce = false, lanes = 2, sizes = STATEMENT_SIZES }: DescentOptions,
  work: (part: readonly IdRange[]) => Promise<void>,
): Promise<void> {
  let size = atOnce ? ranges.length : sizes.first;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < ranges.length) {
      const asked = size;
      const part = ranges.slice(next, next + asked);
      next += part.length;
      const startedAtMs = clock.nowMs();
      await work(part);
      // a statement cut short by the end of the ranges says nothing of a full one
      if (part.length === asked) size = nextStatementSize(asked, clock.nowMs() - startedAtMs, sizes);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
