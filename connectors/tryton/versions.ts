import type { Instant } from '#kernel';

/** A row with Tryton's `_timestamp`: when its last writer's transaction began, to the microsecond. */
export interface StampedRow {
  readonly id: number;
  readonly _timestamp: string;
}

/**
 * Version of a record that several rows make up: it differs when any of them was written, added or removed. Versions tell
 * different, not newer: a transaction that began earlier may be the one that committed last.
 */
export function toVersion(own: readonly StampedRow[], parts: readonly StampedRow[]): string {
  const stamps = own.map((row) => row._timestamp);
  if (parts.length > 0) {
    const newest = parts.map((part) => part._timestamp).reduce((a, b) => (a > b ? a : b));
    stamps.push(`${parts.length}:${newest}`);
  }
  return stamps.join('/');
}

/** What Tryton takes as precondition of a write of these rows. */
export function timestampsOf(model: string, rows: readonly StampedRow[]): Record<string, string> {
  return Object.fromEntries(rows.map((row) => [`${model},${row.id}`, row._timestamp]));
}

/** The latest of some times. */
export function latest(times: readonly [Instant, ...Instant[]]): Instant {
  return times.reduce((a, b) => (a > b ? a : b));
}
