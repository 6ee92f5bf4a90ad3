/** How long one statement should take, and how many ranges it may ask for. */
export interface StatementSizes {
  readonly targetMs: number;
  readonly first: number;
  readonly smallest: number;
  readonly largest: number;
}

/** Half a second: short enough for a lock, a snapshot and a cancelled statement to hurt nobody. */
export const STATEMENT_SIZES: StatementSizes = { targetMs: 500, first: 512, smallest: 1, largest: 8_192 };

/** For statements that answer every record of their ranges: some ten thousand records of both sides are in memory at once. */
export const RECORD_STATEMENT_SIZES: StatementSizes = { ...STATEMENT_SIZES, first: 128, largest: 128 };

/**
 * Ranges of the next statement, from how long one of `size` ranges took: grows at most twofold at a time, shrinks as far
 * as the time says, so that a system that slows down is asked for less at once.
 */
export function nextStatementSize(size: number, elapsedMs: number, sizes: StatementSizes = STATEMENT_SIZES): number {
  const wished = Math.floor((size * sizes.targetMs) / Math.max(1, elapsedMs));
  return Math.max(sizes.smallest, Math.min(wished, size * 2, sizes.largest));
}
