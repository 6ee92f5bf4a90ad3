import { equalValues } from '#canonical';
import {
  projectDesired,
  toKeyColumns,
  toSystemValues,
  type ObservedRecord,
  type RecordWrite,
  type SystemValue,
  type WriteOutcome,
} from '#connector-sdk';
import type { EntityPlan } from './entity-plan.js';
import { RawNumber, withPath, type JsonObject } from './json.js';
import type { ReadRecord } from './records.js';

/** Values of the placeholders of a write template. */
export interface WriteValues extends Readonly<Record<string, unknown>> {
  readonly id: string | null;
  readonly key: string;
  readonly version: string | null;
  /** The columns to set, as one object. */
  readonly fields: JsonObject;
  /** The record as it was read, with them set: for APIs that only replace whole records. */
  readonly record: JsonObject;
}

/** Why the system can't hold these values. */
export interface Refusal {
  readonly isRefusal: true;
  readonly reason: string;
}

export function isRefusal(values: WriteValues | Refusal): values is Refusal {
  return values['isRefusal'] === true;
}

/** Translates a write, or says why the system can't hold it. */
export function toValues(plan: EntityPlan, write: RecordWrite, current: ReadRecord | undefined): WriteValues | Refusal {
  const key = toKeyColumns(plan.mapping, plan.entity, write.key);
  if (!key.ok) return { isRefusal: true, reason: key.reason };
  const values = toSystemValues(plan.mapping, write.fields);
  if (!values.ok) return { isRefusal: true, reason: values.reason };
  const columns = write.operation === 'create' ? { ...values.values, ...key.value } : values.values;
  let [fields, record]: [JsonObject, JsonObject] = [{}, current?.raw ?? {}];
  for (const [column, value] of Object.entries(columns)) {
    const sent = toSent(plan, column, value);
    fields = withPath(fields, column, sent);
    record = withPath(record, column, sent);
  }
  return { ...key.value, id: write.externalId, key: write.key, version: write.expectedVersion, fields, record };
}

/** The outcome where nothing needs to be sent; null where the write must be tried. Pure. */
export function decideWrite(
  plan: EntityPlan,
  write: RecordWrite,
  current: ObservedRecord | undefined,
): WriteOutcome | null {
  if (write.operation === 'create') return current ? { kind: 'conflict', current } : null;
  if (current === undefined)
    return write.operation === 'delete' ? { kind: 'unchanged', stored: null } : { kind: 'conflict', current: null };
  if (isMoved(write, current)) return { kind: 'conflict', current };
  if (write.operation === 'delete') return null;
  const wanted = projectDesired(plan.mapping, plan.descriptor.fields, write.fields);
  const isHeld = Object.entries(wanted).every(([name, value]) => equalValues(value, current.fields[name]));
  return isHeld ? { kind: 'unchanged', stored: current } : null;
}

/** What a refusal means, from the record as it is now. Pure. */
export function toUnwritten(write: RecordWrite, current: ObservedRecord | undefined, reason: string): WriteOutcome {
  if (write.operation === 'create') return current ? { kind: 'conflict', current } : { kind: 'rejected', reason };
  if (current === undefined)
    return write.operation === 'delete' ? { kind: 'unchanged', stored: null } : { kind: 'conflict', current: null };
  return isMoved(write, current) ? { kind: 'conflict', current } : { kind: 'rejected', reason };
}

function isMoved({ expectedVersion }: RecordWrite, { version }: ObservedRecord): boolean {
  return expectedVersion !== null && version !== expectedVersion;
}

function toSent({ options }: EntityPlan, column: string, value: SystemValue): unknown {
  if (value === null) return options.blank.includes(column) ? '' : null;
  return options.numbers.includes(column) && typeof value === 'string' ? new RawNumber(value) : value;
}
