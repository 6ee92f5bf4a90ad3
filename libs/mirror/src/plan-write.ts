import type { CanonicalFields, CanonicalValue } from '#kernel';
import { desiredOf, differences, type Desired, type DesiredMapping } from './desired.js';
import type { Intent, MirrorRow } from './mirror-row.js';

/** After so many times within 24 hours that a system undid the hub's write of one version, the key is parked. */
export const MAX_UNDONE = 3;
/** After so many `rejected` in a row the key is parked. */
export const MAX_REJECTED = 3;
const UNDONE_WINDOW_MS = 24 * 3_600_000;

/** Decision about one due row. */
export type WritePlan =
  /** Commit this row (its intent is open) and then write. */
  | { readonly kind: 'write'; readonly row: MirrorRow; readonly intent: Intent }
  /** Nothing differs any more. */
  | { readonly kind: 'settled' }
  /** Golden has not yet merged what the system itself authored here; its answer will come. */
  | { readonly kind: 'wait' }
  /** Nothing more is written until a person looks. */
  | { readonly kind: 'park'; readonly row: MirrorRow };

/**
 * One way out: what to write for a row that nobody else works on (the caller holds its lease). Pure.
 * Writes only fields that differ, and of those none whose own contribution is newer than what golden has merged.
 */
export function planWrite(row: MirrorRow, mapping: DesiredMapping, nowMs: number, intentId: string): WritePlan {
  if (row.intent || row.parked !== null) return { kind: 'wait' };
  const desired = desiredOf(row, mapping);
  const golden = row.golden;
  if (desired === undefined || !golden) return { kind: 'settled' };
  const differing = differences(row, desired);
  if (differing.length === 0) return { kind: 'settled' };
  const write = writeOf(row, desired, differing);
  if (write === null) return { kind: 'wait' };
  const counted = countUndone(row, golden.version, nowMs);
  if (counted.undone >= MAX_UNDONE) return { kind: 'park', row: { ...counted, parked: undoneReason(counted) } };
  const intent: Intent = {
    ...write,
    id: intentId,
    goldenVersion: golden.version,
    expectedVersion: expectedVersionOf(row, write.operation),
    openedAtMs: nowMs,
  };
  // Until this write is known to have landed, being due again is no sign that the system undid it.
  return { kind: 'write', row: { ...counted, intent, writtenVersion: null }, intent };
}

function expectedVersionOf({ observation }: MirrorRow, operation: Intent['operation']): string | null {
  return operation === 'create' || !observation ? null : observation.version;
}

function writeOf(
  row: MirrorRow,
  desired: Desired,
  differing: readonly string[],
): Pick<Intent, 'operation' | 'fields'> | null {
  const merged = row.golden?.mergedSequence ?? 0n;
  const isUnmerged = (sequence: bigint | undefined): boolean => sequence !== undefined && sequence > merged;
  // A delete destroys every field, so golden must have merged all that the system authored.
  if (desired === null) return isUnmerged(row.contribution?.sequence) ? null : { operation: 'delete', fields: {} };
  if (differing.includes('existence'))
    return isUnmerged(row.contribution?.statusSequence) ? null : { operation: 'create', fields: desired };
  const fields = pick(
    desired,
    differing.filter((name) => !isUnmerged(row.contribution?.fields[name]?.sequence)),
  );
  return Object.keys(fields).length === 0 ? null : { operation: 'update', fields };
}

function pick(fields: CanonicalFields, names: readonly string[]): CanonicalFields {
  const picked: Record<string, CanonicalValue> = {};
  for (const name of names) picked[name] = fields[name] ?? null;
  return picked;
}

function countUndone(row: MirrorRow, version: bigint, nowMs: number): MirrorRow {
  if (row.writtenVersion !== version) return row;
  const isFresh = row.undone === 0 || nowMs - row.undoneSinceMs > UNDONE_WINDOW_MS;
  return isFresh ? { ...row, undone: 1, undoneSinceMs: nowMs } : { ...row, undone: row.undone + 1 };
}

function undoneReason(row: MirrorRow): string {
  return `The system undid the hub's write of golden version ${row.writtenVersion} ${row.undone} times within 24 hours; the hub and someone in this system write against each other.`;
}
