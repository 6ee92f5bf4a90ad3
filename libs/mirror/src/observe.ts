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
  /** Fields that a create can only set once the record is there: until then they show what the system fills in. */
  readonly lateFields?: readonly string[];
  /** Source times further ahead than this are clamped, once, here. */
  readonly maxSkewMs: number;
  /** Epoch of contributions from now on: higher after the hub's own database was restored from a backup. 1 unless given. */
  readonly epoch?: number;
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
 * A field that shows the value of the row's intent, or part of it, is the hub's own write, until a newer version than the
 * intent's has been read; a value that the mirror already holds is no change; any other value is the system's. A first observation,
 * or another value at the same version (a changed mapping), is not authorship: it has no time but one kept from before.
 */
export function observe(row: MirrorRow, reading: Reading, traits: SystemTraits): Observed {
  const before = row.observation;
  if (before && isOlder(before, reading, traits)) return { kind: 'older', row };
  const contribution = contribute(row, reading, traits);
  const observation = toObservation(before, reading);
  const next = { ...row, observation, contribution, ...closeIntent(row, reading, traits) };
  if (contribution !== row.contribution) return { kind: 'authored', row: next };
  // While an intent is open every reading moves the row, so that an answer older than the reading is recognised.
  const isSame = row.intent === null && before !== null && sameObservation(before, observation);
  return isSame ? { kind: 'unchanged', row } : { kind: 'noted', row: next };
}

/** Whether a reading shows an older version than the one seen before; never where versions have no order. */
export function isOlder(
  before: Pick<Observation, 'version'>,
  reading: Pick<Reading, 'version'>,
  traits: SystemTraits,
): boolean {
  if (traits.versionOrder === 'none' || before.version === null || reading.version === null) return false;
  return BigInt(reading.version) < BigInt(before.version);
}

function authoredAt(reading: Reading, traits: SystemTraits): Instant {
  const latest = instantOfMs(reading.readAtMs + traits.maxSkewMs);
  if (reading.changedAt === null) return instantOfMs(reading.readAtMs);
  return reading.changedAt > latest ? latest : reading.changedAt;
}

/** Fields whose value is neither what the mirror holds nor what the hub meant to write. */
function changedFields(row: MirrorRow, reading: Reading, traits: SystemTraits): Map<string, CanonicalValue> {
  const changed = new Map<string, CanonicalValue>();
  if (reading.status === 'deleted') return changed;
  for (const [name, value] of Object.entries(reading.fields))
    if (!isHeld(row, name, value) && !isOwnWrite(row, name, value, traits)) changed.set(name, value);
  return changed;
}

function isHeld({ observation }: MirrorRow, name: string, value: CanonicalValue): boolean {
  return observation !== null && equalValues(observation.fields[name], value);
}

function isOwnWrite(row: MirrorRow, name: string, value: CanonicalValue, traits: SystemTraits): boolean {
  const { intent } = row;
  if (intent === null || isOutdated(row, intent)) return false;
  if (isIntended(row, intent, name, value)) return true;
  if (intent.operation === 'delete' || !(name in intent.fields)) return false;
  const isLate = intent.operation === 'create' && traits.lateFields?.includes(name) === true;
  return isLate || isHalfWritten(row.observation?.fields[name], intent.fields[name], value);
}

/** Whether a write that takes several steps left a text so: some of its languages written, the rest as they were. */
function isHalfWritten(
  held: CanonicalValue | undefined,
  intended: CanonicalValue | undefined,
  read: CanonicalValue,
): boolean {
  if (toTexts(intended) === null || toTexts(read) === null) return false;
  const [before, after, now] = [toTexts(held) ?? {}, toTexts(intended) ?? {}, toTexts(read) ?? {}];
  const locales = new Set([before, after, now].flatMap((texts) => Object.keys(texts)));
  return [...locales].every((locale) => now[locale] === after[locale] || now[locale] === before[locale]);
}

function toTexts(value: CanonicalValue | undefined): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' ? value : null;
}

/** A newer version of the record than the intent's has been read: whatever it shows later is not the hub's write. */
function isOutdated(row: MirrorRow, intent: Intent): boolean {
  const version = row.observation?.status === 'live' ? row.observation.version : null;
  return version !== intent.expectedVersion;
}

/** Whether a value is the intent's, be it in the form in which the system is known to store it. */
function isIntended(row: MirrorRow, intent: Intent, name: string, value: CanonicalValue): boolean {
  if (intent.operation === 'delete' || !(name in intent.fields)) return false;
  const intended = intent.fields[name] ?? null;
  if (equalValues(intended, value)) return true;
  const form = row.storedForms[name];
  return form !== undefined && equalValues(form.wrote, intended) && equalValues(form.as, value);
}

/** The contribution after the reading; the same object when the system authored nothing. */
function contribute(row: MirrorRow, reading: Reading, traits: SystemTraits): Contribution | null {
  const before = row.contribution;
  const changed = changedFields(row, reading, traits);
  const marks = changedMarks(before, reading);
  const isStatusAuthored = authoredStatus(row, reading);
  if (changed.size === 0 && marks.size === 0 && !isStatusAuthored) return before;
  const base = before ?? { epoch: 1, sequence: 0n, status: reading.status, statusSequence: 0n, fields: {} };
  const sequence = base.sequence + 1n;
  const at = authoredAt(reading, traits);
  const fields: Record<string, AuthoredField> = { ...base.fields };
  for (const [name, unread] of marks) fields[name] = { ...(fields[name] as AuthoredField), unread };
  for (const [name, value] of changed)
    fields[name] = { value, at: fieldTime(row, reading, name, at), sequence, unread: false };
  // What the hub created or deleted itself says nothing of what the system wants: then the status stays.
  const authored = isStatusAuthored ? { status: reading.status, statusSequence: sequence } : {};
  return { ...base, epoch: Math.max(base.epoch, traits.epoch ?? 1), sequence, ...authored, fields };
}

/** When the system authored the field: a time only for what was seen to change. */
function fieldTime(row: MirrorRow, reading: Reading, name: string, at: Instant): Instant | null {
  const before = row.observation;
  if (!before) return isCreatedBy(row.intent, name) ? at : null;
  const kept = row.contribution?.fields[name];
  if (!kept && !(name in before.fields)) return null;
  return isSameVersion(before, reading) ? (kept?.at ?? null) : at;
}

/** The hub created the record, so it knew that there was none: another value than its own was put there since. */
function isCreatedBy(intent: Intent | null, name: string): boolean {
  return intent?.operation === 'create' && name in intent.fields;
}

function isSameVersion(before: Observation, reading: Reading): boolean {
  return before.status === 'live' && before.version !== null && before.version === reading.version;
}

/** Whether the record came or went by the system's own act. */
function authoredStatus(row: MirrorRow, reading: Reading): boolean {
  const held = row.observation?.status ?? 'deleted';
  if (held === reading.status) return false;
  const ownWrite = reading.status === 'deleted' ? 'delete' : 'create';
  return row.intent?.operation !== ownWrite || isOutdated(row, row.intent);
}

/** Fields of the contribution that this reading lacks for the first time (true), or has again (false). */
function changedMarks(contribution: Contribution | null, reading: Reading): Map<string, boolean> {
  const marks = new Map<string, boolean>();
  if (!contribution || reading.status === 'deleted') return marks;
  for (const [name, field] of Object.entries(contribution.fields))
    if (field.unread === name in reading.fields) marks.set(name, !field.unread);
  return marks;
}

/** An unknown outcome is settled by a read that shows the intent's values, or by one after the landing time that does not. */
export function closeIntent(
  row: MirrorRow,
  reading: Reading,
  traits: SystemTraits,
): Pick<MirrorRow, 'intent' | 'writtenVersion'> {
  const { intent, writtenVersion } = row;
  if (!intent) return { intent, writtenVersion };
  if (showsIntent(row, intent, reading)) return { intent: null, writtenVersion: intent.goldenVersion };
  const isOver = reading.readAtMs >= intent.openedAtMs + traits.landingMs;
  return { intent: isOver ? null : intent, writtenVersion };
}

function showsIntent(row: MirrorRow, intent: Intent, reading: Reading): boolean {
  if (intent.operation === 'delete') return reading.status === 'deleted';
  if (reading.status === 'deleted') return false;
  return Object.keys(intent.fields).every(
    (name) => name in reading.fields && isIntended(row, intent, name, reading.fields[name] ?? null),
  );
}

/** Absent says nothing: a field that the reading lacks, and all fields of a deleted record, stay as last read. */
export function toObservation(before: Observation | null, reading: Reading): Observation {
  const { version, status, digest } = reading;
  const known = before?.fields ?? {};
  return { version, status, digest, fields: status === 'deleted' ? known : { ...known, ...reading.fields } };
}

/** Whether nothing moved. */
export function sameObservation(a: Observation, b: Observation): boolean {
  if (a.version !== b.version || a.status !== b.status || a.digest !== b.digest) return false;
  const names = Object.keys(b.fields);
  if (names.length !== Object.keys(a.fields).length) return false;
  return names.every((name) => name in a.fields && equalValues(a.fields[name] ?? null, b.fields[name] ?? null));
}
