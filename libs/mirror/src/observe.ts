import { equalValues } from '#canonical';
import { instantOfMs, type CanonicalFields, type CanonicalValue, type Instant, type RecordStatus } from '#kernel';
import type { AuthoredField, Contribution, Intent, MirrorRow, Observation } from './mirror-row.js';

/** What was read of one record, and when. */
export interface Reading {
  readonly version: string | null;
  readonly status: RecordStatus;
  readonly fields: CanonicalFields;
  readonly digest: string | null;
  /** The system's own time of the change; null where it has none. */
  readonly changedAt: Instant | null;
  /** When the read began: an intent that it does not show may still land until `landingMs` after it was opened. */
  readonly readAtMs: number;
}

/** What the rules need to know of the system. */
export interface SystemTraits {
  readonly versionOrder: 'numeric' | 'none';
  readonly landingMs: number;
  /** Source times further ahead than this are clamped, once, here. */
  readonly maxSkewMs: number;
}

/** Outcome of an observation. */
export interface Observed {
  /**
   * `unchanged` nothing to store; `noted` the row moved, but the system authored nothing; `authored` a change event must
   * be published; `older` the system went back in time: held, nothing stored.
   */
  readonly kind: 'unchanged' | 'noted' | 'authored' | 'older';
  readonly row: MirrorRow;
}

/**
 * One way in: what a reading of a record means for its mirror row. The caller guarantees that the reading is not stale
 * (read ticket, or the row's lease). Pure.
 *
 * A field that shows the value of the row's intent is the hub's own write; a value that the mirror already holds is no
 * change; any other value is the system's. A first observation is not authorship: its time is null.
 */
export function observe(row: MirrorRow, reading: Reading, traits: SystemTraits): Observed {
  const before = row.observation;
  if (before && isOlder(before, reading, traits)) return { kind: 'older', row };
  const at = authoredAt(reading, traits);
  const changed = changedFields(row, reading);
  const contribution = contribute(row, reading, changed, at);
  const intent = closeIntent(row.intent, reading, traits);
  const observation = toObservation(before, reading);
  const next = { ...row, observation, contribution, intent };
  if (contribution !== row.contribution) return { kind: 'authored', row: next };
  const same = before !== null && intent === row.intent && sameObservation(before, observation);
  return same ? { kind: 'unchanged', row } : { kind: 'noted', row: next };
}

function isOlder(before: Observation, reading: Reading, traits: SystemTraits): boolean {
  if (traits.versionOrder === 'none' || before.version === null || reading.version === null) return false;
  return BigInt(reading.version) < BigInt(before.version);
}

function authoredAt(reading: Reading, traits: SystemTraits): Instant {
  const latest = instantOfMs(reading.readAtMs + traits.maxSkewMs);
  if (reading.changedAt === null) return instantOfMs(reading.readAtMs);
  return reading.changedAt > latest ? latest : reading.changedAt;
}

/** Fields whose value is neither what the mirror holds nor what the hub meant to write. */
function changedFields(row: MirrorRow, reading: Reading): Map<string, CanonicalValue> {
  const changed = new Map<string, CanonicalValue>();
  if (reading.status === 'deleted') return changed;
  const known = row.observation?.fields ?? {};
  for (const [name, value] of Object.entries(reading.fields)) {
    if (name in known && equalValues(known[name] ?? null, value)) continue;
    if (isHubsOwn(row.intent, name, value)) continue;
    changed.set(name, value);
  }
  return changed;
}

function isHubsOwn(intent: Intent | null, name: string, value: CanonicalValue): boolean {
  if (!intent || intent.operation === 'delete' || !(name in intent.fields)) return false;
  return equalValues(intent.fields[name] ?? null, value);
}

/** The contribution after the reading; the same object when the system authored nothing. */
function contribute(
  row: MirrorRow,
  reading: Reading,
  changed: ReadonlyMap<string, CanonicalValue>,
  at: Instant,
): Contribution | null {
  const before = row.contribution;
  const statusAuthored = authoredStatus(row, reading);
  const unread = newlyUnread(before, reading);
  if (changed.size === 0 && !statusAuthored && unread.length === 0) return before;
  const sequence = (before?.sequence ?? 0n) + 1n;
  const fields: Record<string, AuthoredField> = { ...before?.fields };
  for (const name of unread) fields[name] = { ...(fields[name] as AuthoredField), unread: true };
  for (const [name, value] of changed) {
    const isFirst = row.observation === null || !(name in row.observation.fields || name in (before?.fields ?? {}));
    fields[name] = { value, at: isFirst ? null : at, sequence, unread: false };
  }
  return {
    epoch: before?.epoch ?? 1,
    sequence,
    status: reading.status,
    statusSequence: statusAuthored ? sequence : (before?.statusSequence ?? sequence),
    fields,
  };
}

/** Whether the record came or went by the system's own act. */
function authoredStatus(row: MirrorRow, reading: Reading): boolean {
  const held = row.observation?.status ?? 'deleted';
  if (held === reading.status) return false;
  const ownWrite = reading.status === 'deleted' ? 'delete' : 'create';
  return row.intent?.operation !== ownWrite;
}

function newlyUnread(contribution: Contribution | null, reading: Reading): string[] {
  if (!contribution || reading.status === 'deleted') return [];
  return Object.entries(contribution.fields)
    .filter(([name, field]) => !field.unread && !(name in reading.fields))
    .map(([name]) => name);
}

/** An unknown outcome is settled by a read that shows the intent's values, or by one after the landing time that does not. */
function closeIntent(intent: Intent | null, reading: Reading, traits: SystemTraits): Intent | null {
  if (!intent) return null;
  if (showsIntent(intent, reading)) return null;
  return reading.readAtMs >= intent.openedAtMs + traits.landingMs ? null : intent;
}

function showsIntent(intent: Intent, reading: Reading): boolean {
  if (intent.operation === 'delete') return reading.status === 'deleted';
  if (reading.status === 'deleted') return false;
  return Object.entries(intent.fields).every(
    ([name, value]) => name in reading.fields && equalValues(reading.fields[name] ?? null, value),
  );
}

/** A deleted record keeps the fields last read, so that its return is compared with them. */
function toObservation(before: Observation | null, reading: Reading): Observation {
  const { version, status, digest } = reading;
  const fields = status === 'deleted' ? (before?.fields ?? {}) : reading.fields;
  return { version, status, digest, fields };
}

function sameObservation(a: Observation, b: Observation): boolean {
  if (a.version !== b.version || a.status !== b.status || a.digest !== b.digest) return false;
  const names = Object.keys(b.fields);
  if (names.length !== Object.keys(a.fields).length) return false;
  return names.every((name) => name in a.fields && equalValues(a.fields[name] ?? null, b.fields[name] ?? null));
}
