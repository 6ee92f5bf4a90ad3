import type { IdRange } from './compare-ranges.js';

/** Bounds of a range plan, in records a range. */
export interface RangePlanLimits {
  /** Ranges of fewer records cost more to ask for than to read. */
  readonly minRowsPerRange: number;
  /** In ranges of more records, a drift that nobody expected makes too many records dirty. */
  readonly maxRowsPerRange: number;
}

/** How the last complete scan cut the ids, and what it found; kept between runs. */
export interface RangePlan {
  /** Version of the digests that the mirror holds. Digests of different versions say nothing about each other. */
  readonly digestVersion: string;
  /** Rising in byte order; a range ends with each, and a last one is open. */
  readonly boundaries: readonly string[];
  /** Records that differed. */
  readonly drift: number;
  /** Records of the fullest range. */
  readonly largestRange: number;
}

/** How to scan now. */
export type ScanPlan =
  /** The mirror's digests are of another version, so that nothing can be compared but the records themselves. */
  | { readonly kind: 'rescan' }
  /** The kept ranges still fit. */
  | { readonly kind: 'keep'; readonly ranges: readonly IdRange[] }
  /** New ranges: cut after every so many live records of the mirror. */
  | { readonly kind: 'cut'; readonly rowsPerRange: number };

const LIMITS: RangePlanLimits = { minRowsPerRange: 30, maxRowsPerRange: 60 };
/** What nobody measured yet. */
const UNKNOWN_DRIFT = 100;
/** Ranges are kept while their number is within this factor of the one wished for. */
const KEPT_WITHIN = 1.5;
/** The fullest range against the average one; ids that grow at one end fill the last range. */
const MAX_SKEW = 8;

/**
 * Number of ranges for a scan by digests: about √(N·d), where random drift costs the fewest rows (measured: 218,189
 * rows read of 2 million at 16,384 ranges, against 1.5 million at 1,024), within the limits.
 * @param rows live records. @param lastDrift differences that the last scan found.
 */
export function chooseRangeCount(rows: number, lastDrift: number, limits: RangePlanLimits = LIMITS): number {
  const wished = Math.ceil(Math.sqrt(rows * Math.max(1, lastDrift)));
  const fewest = Math.ceil(rows / limits.maxRowsPerRange);
  const most = Math.floor(rows / limits.minRowsPerRange);
  return Math.max(1, Math.min(Math.max(wished, fewest), most));
}

/** Decides how to scan: by the ranges of the last run where they fit, and by records where digests can't be compared. */
export function planScan(
  kept: RangePlan | null,
  now: { readonly digestVersion: string; readonly rows: number },
): ScanPlan {
  if (kept !== null && kept.digestVersion !== now.digestVersion) return { kind: 'rescan' };
  const wished = chooseRangeCount(now.rows, kept?.drift ?? UNKNOWN_DRIFT);
  if (kept !== null && isFitting(kept, wished, now.rows))
    return { kind: 'keep', ranges: rangesBetween(kept.boundaries) };
  return { kind: 'cut', rowsPerRange: Math.max(1, Math.ceil(now.rows / wished)) };
}

/** Ranges that cover the whole id space, cut after each boundary; boundaries rise in byte order. */
export function rangesBetween(boundaries: readonly string[]): IdRange[] {
  const ends = [...boundaries, null];
  return ends.map((to, index) => ({ from: index === 0 ? null : (boundaries[index - 1] ?? null), to }));
}

function isFitting({ boundaries, largestRange }: RangePlan, wished: number, rows: number): boolean {
  const count = boundaries.length + 1;
  if (count > wished * KEPT_WITHIN || count * KEPT_WITHIN < wished) return false;
  return largestRange <= Math.max(MAX_SKEW * Math.ceil(rows / count), LIMITS.maxRowsPerRange);
}
