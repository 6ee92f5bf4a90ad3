import { toCanonicalRecord, toCanonicalValue, type ObservedRecord, type RejectedRecord } from '#connector-sdk';
import type { BusinessKey, ExternalId, Instant } from '#kernel';
import type { EntityPlan } from './entity-plan.js';
import { isObject, readPath, scalarText, type JsonObject } from './json.js';
import type { Redactor } from './redact.js';

/** A record and what it was read from, which a write may have to send back whole. */
export interface ReadRecord {
  readonly observed: ObservedRecord;
  readonly raw: JsonObject;
}

/** One item of a list: what it is, or why it is nothing that the hub can use. */
export type ReadItem =
  | { readonly kind: 'record'; readonly record: ReadRecord }
  | { readonly kind: 'rejected'; readonly rejected: RejectedRecord };

/** Translates one item of an answer. What does not fit is parked with the raw item, its secrets removed. */
export function readItem(plan: EntityPlan, item: unknown, redactor: Redactor): ReadItem {
  const { options, mapping, descriptor } = plan;
  const raw = readPath(item, options.record);
  const id = scalarText(readPath(raw, options.id));
  const reject = (reason: string): ReadItem => ({
    kind: 'rejected',
    rejected: { externalId: id ?? '(no id)', reason: `${reason}; the vendor's record: ${redactor.raw(item)}` },
  });
  if (!isObject(raw)) return reject('the record is no JSON object');
  if (id === null || id === '') return reject(`it has no id at "${options.id}"`);
  const version = versionOf(plan, raw);
  if (version.problem !== null) return reject(version.problem);
  const isGone = isDeleted(plan, raw);
  const read = toCanonicalRecord(mapping, descriptor, withNulls(plan, raw));
  const mapped = isGone ? toMarker(read) : read;
  if (!mapped.ok) return reject(mapped.reason);
  const observed: ObservedRecord = {
    externalId: id as ExternalId,
    key: mapped.key,
    version: version.value,
    changedAt: instantOf(plan, raw),
    status: isGone ? 'deleted' : 'live',
    fields: mapped.fields,
    digest: null,
  };
  return { kind: 'record', record: { observed, raw } };
}

/** A vendor's tombstone often tells no more than the id; the host knows the key from its mirror. */
function toMarker(mapped: ReturnType<typeof toCanonicalRecord>): ReturnType<typeof toCanonicalRecord> {
  return { ok: true, key: mapped.ok ? mapped.key : ('' as BusinessKey), fields: {} };
}

/** External id of an item; null where it has none. */
export function idOf({ options }: EntityPlan, item: unknown): string | null {
  return scalarText(readPath(readPath(item, options.record), options.id));
}

/** The time of change as the vendor prints it, exact; null where there is none. */
export function timeTextOf({ options }: EntityPlan, item: unknown): string | null {
  if (options.updated === undefined) return null;
  return scalarText(readPath(readPath(item, options.record), options.updated.path));
}

/** The instant of a time as the vendor prints it; null for what is none. */
export function toInstant({ options }: EntityPlan, text: string | null): Instant | null {
  if (text === null || options.updated === undefined) return null;
  const { format, zone } = options.updated;
  const iso = format === 'unix' || format === 'unix-ms' ? isoOfUnix(text, format === 'unix' ? 1_000 : 1) : text;
  const instant = toCanonicalValue({ from: '', zone }, { type: 'instant' }, iso);
  return instant.ok ? (instant.value as Instant | null) : null;
}

/** A moment as the vendor prints times, rounded down. */
export function printTime({ options }: EntityPlan, ms: number): string {
  const iso = new Date(ms).toISOString();
  switch (options.updated?.format ?? 'iso') {
    case 'iso':
      return iso;
    case 'iso-space':
      return iso.replace('T', ' ');
    case 'iso-seconds':
      return iso.replace(/\.\d+Z$/, 'Z');
    case 'unix':
      return String(Math.floor(ms / 1_000));
    case 'unix-ms':
      return String(ms);
  }
}

function instantOf(plan: EntityPlan, raw: JsonObject): Instant | null {
  return plan.options.updated === undefined
    ? null
    : toInstant(plan, scalarText(readPath(raw, plan.options.updated.path)));
}

function versionOf(
  { options }: EntityPlan,
  raw: JsonObject,
): { readonly value: string | null; readonly problem: string | null } {
  if (options.version === undefined) return { value: null, problem: null };
  const value = scalarText(readPath(raw, options.version));
  return { value, problem: value === null ? `it has no version at "${options.version}"` : null };
}

function isDeleted({ options }: EntityPlan, raw: JsonObject): boolean {
  if (options.deleted === undefined) return false;
  const value = readPath(raw, options.deleted.path);
  if (options.deleted.equals !== undefined) return scalarText(value) === options.deleted.equals;
  return value !== undefined && value !== null && value !== false && value !== 0 && value !== '';
}

/** A column of `blank` that says "" says nothing. */
function withNulls({ options }: EntityPlan, raw: JsonObject): JsonObject {
  const nulls = options.blank.filter((column) => readPath(raw, column) === '').map((column) => [column, null] as const);
  return nulls.length === 0 ? raw : { ...raw, ...Object.fromEntries(nulls) };
}

function isoOfUnix(text: string, factor: number): string {
  const ms = Number(text) * factor;
  return Number.isFinite(ms) && Math.abs(ms) < 8e15 ? new Date(ms).toISOString() : text;
}
