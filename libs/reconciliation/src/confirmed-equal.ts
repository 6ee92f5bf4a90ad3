import type { ConfirmedEqual } from '#contracts';
import type { Instant } from '#kernel';
import type { Round, ScanNote } from './round.js';

/**
 * Keys that a round found equal to what the hub wants, of all that the system has or should have. Equal is what was
 * scanned and neither differs from the mirror nor is due, being written or parked; and what the round repaired and read
 * again. Records that could not be read count as not equal. Pure.
 */
export function toConfirmedEqual(
  round: Pick<Round, 'scanned' | 'changed' | 'missing' | 'foreign' | 'undecided' | 'fixed'>,
  { known, unequal, absent }: Pick<ScanNote, 'known' | 'unequal' | 'absent'>,
  scannedAt: Instant,
): ConfirmedEqual {
  const { scanned, changed, missing, foreign, undecided, fixed } = round;
  const keys = Math.max(known + foreign, scanned + missing) + absent;
  const found = scanned - changed - foreign - undecided - unequal + fixed;
  const equal = Math.min(keys, Math.max(0, found));
  return { share: keys === 0 ? 1 : equal / keys, equal, keys, scannedAt };
}
