import { equalValues } from '#canonical';
import type { BusinessKey, CanonicalFields, CanonicalValue } from '#kernel';
import type { MirrorRow } from './mirror-row.js';

/** The mapping in force, as far as writing goes: what this system should hold of a golden record. */
export interface DesiredMapping {
  /** Whether the hub may create and delete records here; false where the system alone decides existence. */
  readonly writesExistence: boolean;
  /** Whether the system can hold a record of this key (a key part may be fixed by the mapping). */
  accepts(key: BusinessKey): boolean;
  /** Golden fields that are mapped, writable and not owned by the system, in the form that the system can hold. */
  project(golden: CanonicalFields): CanonicalFields;
}

/** What a system should hold: a record with these fields, or none (`null`). */
export type Desired = CanonicalFields | null;

/** Desired state of a row; undefined when the hub wants nothing of it (foreign, or existence is the system's own). */
export function desiredOf(row: MirrorRow, mapping: DesiredMapping): Desired | undefined {
  const golden = row.golden;
  if (!golden || !mapping.accepts(row.key)) return undefined;
  const isHeld = row.observation?.status === 'live';
  if (golden.status === 'deleted') return isHeld && !mapping.writesExistence ? undefined : null;
  if (!isHeld && !mapping.writesExistence) return undefined;
  return mapping.project(golden.fields);
}

/** What the system holds in these fields; a stored form counts as the value that it stands for. */
export function heldOf(row: MirrorRow, names: Iterable<string>): Desired {
  const observation = row.observation;
  if (observation?.status !== 'live') return null;
  const held: Record<string, CanonicalValue> = {};
  for (const name of names) if (name in observation.fields) held[name] = resolve(row, name, observation.fields[name]);
  return held;
}

function resolve(row: MirrorRow, name: string, value: CanonicalValue | undefined): CanonicalValue {
  const form = row.storedForms[name];
  return form && equalValues(form.as, value ?? null) ? form.wrote : (value ?? null);
}

/** Names of the fields in which the system differs from its desired state; `existence` when it has, or lacks, the record. */
export function differences(row: MirrorRow, desired: Desired): readonly string[] {
  const held = heldOf(row, Object.keys(desired ?? {}));
  if (desired === null || held === null) return desired === held ? [] : ['existence'];
  return Object.keys(desired).filter(
    (name) => !(name in held) || !equalValues(desired[name] ?? null, held[name] ?? null),
  );
}

/** Whether the row is due: computed, never a flag. */
export function isDue(row: MirrorRow, mapping: DesiredMapping): boolean {
  const desired = desiredOf(row, mapping);
  return desired !== undefined && differences(row, desired).length > 0;
}
