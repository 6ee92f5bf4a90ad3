import type { SurvivorshipPolicy } from '#hub-file';
import type { BusinessKey, CanonicalFields, Instant, SystemId } from '#kernel';
import fc from 'fast-check';
import type { GoldenRecord } from './golden.js';
import type { planRevert } from './revert-plan.js';

/** What the properties judge: the shipped plan, or a mutant of it. */
export type RevertSubject = typeof planRevert;

const ERP = 'erp' as SystemId;
const POLICY: SurvivorshipPolicy = {
  version: 1,
  create: [ERP],
  delete: [ERP],
  fields: { a: { kind: 'owner', system: ERP }, b: { kind: 'owner', system: ERP } },
};
const FIELDS = Object.keys(POLICY.fields);

/** A record's past, and which of its versions are to be taken back. */
export interface Past {
  readonly versions: readonly GoldenRecord[];
  readonly selected: ReadonlySet<bigint>;
}

function toVersion(fields: CanonicalFields, index: number): GoldenRecord {
  const version = BigInt(index + 1);
  const changedAt = `2026-01-01T00:00:0${index}.000000Z` as Instant;
  return { key: 'K' as BusinessKey, version, sequence: version, status: 'live', policyVersion: 1, changedAt, fields };
}

const value = fc.constantFrom('1', '2', '3');
const past: fc.Arbitrary<Past> = fc
  .array(fc.record({ fields: fc.record({ a: value, b: value }), isSelected: fc.boolean() }), {
    minLength: 1,
    maxLength: 7,
  })
  .map((steps) => ({
    versions: steps.map(({ fields }, index) => toVersion(fields, index)),
    selected: new Set(steps.flatMap(({ isSelected }, index) => (isSelected ? [BigInt(index + 1)] : []))),
  }));

/** Versions that changed the field, but the first of all, by whether they are selected. */
function changesOf(
  { versions, selected }: Past,
  field: string,
): { readonly version: bigint; readonly isSelected: boolean }[] {
  return versions.flatMap(({ version, fields }, index) => {
    const before = versions[index - 1];
    if (!before || before.fields[field] === fields[field]) return [];
    return [{ version, isSelected: selected.has(version) }];
  });
}

const valueAt = ({ versions }: Past, version: bigint, field: string) => versions[Number(version) - 1]?.fields[field];

/** One law of a revert. */
export interface RevertProperty {
  readonly name: string;
  /** Throws with a counterexample; `isQuick` does without making it small. */
  check(subject: RevertSubject, isQuick?: boolean): void;
}

function law(name: string, holds: (subject: RevertSubject, input: Past) => boolean): RevertProperty {
  const check = (subject: RevertSubject, isQuick = false): void =>
    fc.assert(
      fc.property(past, (input) => holds(subject, input)),
      { numRuns: 500, seed: 20261126, endOnFailure: isQuick },
    );
  return { name, check };
}

/** The laws of a revert (architecture §4.10, ADR 19). */
export const REVERT_PROPERTIES: readonly RevertProperty[] = [
  law('nothing that came from outside the selection is overwritten', (subject, input) => {
    const { changes } = subject(input.versions, input.selected, POLICY);
    return changes.every(({ field }) => changesOf(input, field).at(-1)?.isSelected === true);
  }),
  law('a field goes back to what it was before the first selected change of it', (subject, input) => {
    const { changes } = subject(input.versions, input.selected, POLICY);
    return changes.every(({ field, before, now }) => {
      const first = changesOf(input, field).find(({ isSelected }) => isSelected);
      const current = BigInt(input.versions.length);
      return (
        first !== undefined &&
        before === valueAt(input, first.version - 1n, field) &&
        now === valueAt(input, current, field)
      );
    });
  }),
  law('every field that the selection changed goes back, is listed, or is as it was already', (subject, input) => {
    const { changes, skipped } = subject(input.versions, input.selected, POLICY);
    return FIELDS.every((field) => {
      const first = changesOf(input, field).find(({ isSelected }) => isSelected);
      const told = [...changes, ...skipped].filter((one) => one.field === field).length;
      const isAsBefore =
        first && valueAt(input, first.version - 1n, field) === valueAt(input, BigInt(input.versions.length), field);
      return told === (first && !isAsBefore ? 1 : 0);
    });
  }),
  law('where only the selection changed the record, all of it goes back', (subject, input) => {
    const selected = new Set(input.versions.slice(1).map(({ version }) => version));
    const { changes } = subject(input.versions, selected, POLICY);
    const after = {
      ...input.versions.at(-1)?.fields,
      ...Object.fromEntries(changes.map(({ field, before }) => [field, before])),
    };
    return FIELDS.every((field) => after[field] === input.versions[0]?.fields[field]);
  }),
  law('done, there is nothing left to do', (subject, input) => {
    const { changes } = subject(input.versions, input.selected, POLICY);
    const current = input.versions.at(-1);
    if (!current || changes.length === 0) return true;
    const fields = { ...current.fields, ...Object.fromEntries(changes.map(({ field, before }) => [field, before])) };
    const versions = [...input.versions, toVersion(fields, input.versions.length)];
    return subject(versions, input.selected, POLICY).changes.length === 0;
  }),
];
