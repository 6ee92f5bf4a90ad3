import type { BusinessKey, CanonicalValue, ExternalId, Instant, RecordStatus, SystemId } from '#kernel';
import type {
  ContributionEvent,
  FieldMark,
  FieldOrigin,
  FieldOverride,
  GoldenEvent,
  MergedUpTo,
  OverruledWord,
} from './events.js';
import { ENTITIES, type Entity } from './generated/entities.js';

/**
 * The plain object that the Avro codec writes and reads. Logical types are already canonical values: decimals are
 * strings, instants ISO strings with six decimals, longs are numbers (safe integers) in `epoch`/`sequence`/`version`.
 */
export type AvroRecord = Readonly<Record<string, unknown>>;

interface AvroMark {
  readonly name: string;
  readonly at: Instant | null;
  readonly unread: boolean;
  readonly override: AvroOverride | null;
}
type AvroOverride = Omit<FieldOverride, 'overrules'> & {
  readonly overrules: readonly (Omit<OverruledWord, 'value'> & { readonly value: string })[];
};
type AvroOrigin = { readonly name: string } & FieldOrigin;
type AvroMerged = Omit<MergedUpTo, 'sequence'> & { readonly sequence: number };

/** Field values for Avro: absent and null are both null there; the list of fields present tells them apart. */
function fieldValues(entity: Entity, fields: Readonly<Record<string, CanonicalValue>>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(ENTITIES[entity].fields)) values[name] = fields[name] ?? null;
  return values;
}

function presentFields(record: AvroRecord, names: Iterable<string>): Record<string, CanonicalValue> {
  const fields: Record<string, CanonicalValue> = {};
  for (const name of names) {
    const value = (record[name] ?? null) as CanonicalValue;
    fields[name] = value !== null && typeof value === 'object' ? { ...value } : value;
  }
  return fields;
}

/** The Avro record of a change event. Lossless together with {@link fromContributionRecord}. */
export function toContributionRecord(event: ContributionEvent): AvroRecord {
  return {
    system: event.system,
    externalId: event.externalId,
    key: event.key,
    epoch: event.epoch,
    sequence: Number(event.sequence),
    status: event.status,
    observedAt: event.observedAt,
    present: Object.keys(event.fields).map((name) => {
      const mark = event.marks[name];
      const override = mark?.override ? toAvroOverride(mark.override) : null;
      return { name, at: mark?.at ?? null, unread: mark?.unread ?? false, override };
    }),
    ...fieldValues(event.entity, event.fields),
  };
}

/** The change event of an Avro record; fields filled in by schema resolution are absent. */
export function fromContributionRecord(entity: Entity, record: AvroRecord): ContributionEvent {
  const present = record['present'] as readonly AvroMark[];
  const marks: Record<string, FieldMark> = {};
  for (const { name, at, unread, override } of present)
    marks[name] = override ? { at, unread, override: fromAvroOverride(override) } : { at, unread };
  return {
    entity,
    system: record['system'] as SystemId,
    externalId: record['externalId'] as ExternalId,
    key: record['key'] as BusinessKey,
    epoch: record['epoch'] as number,
    sequence: BigInt(record['sequence'] as number),
    status: record['status'] as RecordStatus,
    observedAt: record['observedAt'] as Instant,
    fields: presentFields(record, Object.keys(marks)),
    marks,
  };
}

/** Values of overruled words are of any type: as JSON. */
function toAvroOverride({ by, reason, overrules }: FieldOverride): AvroOverride {
  return { by, reason, overrules: overrules.map((word) => ({ ...word, value: JSON.stringify(word.value) })) };
}

function fromAvroOverride({ by, reason, overrules }: AvroOverride): FieldOverride {
  const words = overrules.map(({ system, value, at }) => ({ system, value: JSON.parse(value) as CanonicalValue, at }));
  return { by, reason, overrules: words };
}

/** The Avro record of a golden event. Lossless together with {@link fromGoldenRecord}. */
export function toGoldenRecord(event: GoldenEvent): AvroRecord {
  return {
    key: event.key,
    version: Number(event.version),
    sequence: Number(event.sequence),
    status: event.status,
    policyVersion: event.policyVersion,
    changedAt: event.changedAt,
    merged: event.merged.map((upTo) => ({ ...upTo, sequence: Number(upTo.sequence) })),
    present: Object.entries(event.origins).map(([name, origin]) => ({ name, ...origin })),
    ...fieldValues(event.entity, event.fields),
  };
}

/** The golden event of an Avro record. */
export function fromGoldenRecord(entity: Entity, record: AvroRecord): GoldenEvent {
  const origins: Record<string, FieldOrigin> = {};
  for (const { name, system, at, rule } of record['present'] as readonly AvroOrigin[])
    origins[name] = { system, at, rule };
  return {
    entity,
    key: record['key'] as BusinessKey,
    version: BigInt(record['version'] as number),
    sequence: BigInt(record['sequence'] as number),
    status: record['status'] as RecordStatus,
    policyVersion: record['policyVersion'] as number,
    changedAt: record['changedAt'] as Instant,
    merged: (record['merged'] as readonly AvroMerged[]).map(({ system, externalId, epoch, sequence }) => ({
      system,
      externalId,
      epoch,
      sequence: BigInt(sequence),
    })),
    fields: presentFields(record, Object.keys(origins)),
    origins,
  };
}
