import type { OutboxRow } from './ports.js';

/** Rows that should have been published although others were refused. */
export function stoppedKeys(
  committed: readonly OutboxRow[],
  log: readonly OutboxRow[],
  refused: ReadonlySet<bigint>,
): string[] {
  const published = new Set(log.map((row) => row.sequence));
  const behind = new Set<string>();
  return committed.flatMap(({ sequence, key }) => {
    if (refused.has(sequence)) behind.add(key);
    return behind.has(key) || published.has(sequence) ? [] : [`stopped ${sequence}`];
  });
}

/** Rows that never came. */
export function lostRows(committed: readonly OutboxRow[], log: readonly OutboxRow[]): string[] {
  const published = new Set(log.map((row) => row.sequence));
  return committed.filter((row) => !published.has(row.sequence)).map((row) => `lost ${row.sequence}`);
}

/** Keys whose rows were first published in another order than they were committed. */
export function invertedKeys(log: readonly OutboxRow[]): string[] {
  const seen = new Set<bigint>();
  const highest = new Map<string, bigint>();
  const inverted: string[] = [];
  for (const { key, sequence } of log) {
    if (seen.has(sequence)) continue;
    seen.add(sequence);
    if (sequence < (highest.get(key) ?? 0n)) inverted.push(`inverted ${key} at ${sequence}`);
    else highest.set(key, sequence);
  }
  return inverted;
}

/** Keys whose last published row is not their newest: on a compacted topic it would be current for ever. */
export function staleKeys(committed: readonly OutboxRow[], log: readonly OutboxRow[]): string[] {
  const newest = new Map(committed.map((row) => [row.key, row.sequence]));
  const last = new Map(log.map((row) => [row.key, row.sequence]));
  return [...newest].filter(([key, sequence]) => last.get(key) !== sequence).map(([key]) => `stale ${key}`);
}

/** Rows that came more than once. */
export function repeatedRows(log: readonly OutboxRow[]): string[] {
  const seen = new Set<bigint>();
  const repeated = log.filter(({ sequence }) => seen.has(sequence) || !seen.add(sequence));
  return repeated.map(({ sequence }) => `repeated ${sequence}`);
}
