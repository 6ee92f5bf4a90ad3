import type { CombinedDigest } from '#canonical';
import { HubError } from '#kernel';

/** A range of external ids, compared as bytes: `from` exclusive, `to` inclusive; null is open. */
export interface IdRange {
  readonly from: string | null;
  readonly to: string | null;
}

/**
 * The dirty ranges: those whose digests differ in count, XOR or sum. All three lists are in the same order.
 * @throws HubError HUB_SCAN_INCOMPLETE when a digest is missing: what was not answered is not equal.
 */
export function compareRanges<Range extends IdRange>(
  ranges: readonly Range[],
  ours: readonly CombinedDigest[],
  theirs: readonly CombinedDigest[],
): Range[] {
  if (ours.length !== ranges.length || theirs.length !== ranges.length)
    throw new HubError('HUB_SCAN_INCOMPLETE', 'A range digest is missing.', {
      ranges: ranges.length,
      ours: ours.length,
      theirs: theirs.length,
    });
  return ranges.filter((_, index) => !equalDigests(ours[index], theirs[index]));
}

/** XOR alone cancels in pairs, and a sum alone can be met by chance: all three must agree. */
function equalDigests(ours: CombinedDigest | undefined, theirs: CombinedDigest | undefined): boolean {
  return ours?.count === theirs?.count && ours?.xor === theirs?.xor && ours?.sum === theirs?.sum;
}
