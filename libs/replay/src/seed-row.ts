import { recordDigest } from '#canonical';
import { ENTITIES, type Entity, type GoldenEvent } from '#contracts';
import type { BusinessKey, CanonicalFields, CanonicalValue, FieldType, RecordStatus } from '#kernel';

/** One record of a seeded store. `fields` has every canonical field of the entity; absent and empty are both null. */
export interface SeedRow {
  readonly key: BusinessKey;
  readonly version: bigint;
  readonly sequence: bigint;
  readonly status: RecordStatus;
  readonly fields: CanonicalFields;
}

/** Which records a store wants; by the canonical fields, all present. */
export type SeedFilter = (fields: CanonicalFields) => boolean;

/** Names under which a row's own columns enter its digest, beside the canonical fields. */
export const ROW_DIGEST_NAMES = {
  key: '@key',
  sequence: '@sequence',
  status: '@status',
  version: '@version',
} as const;

/**
 * The row of a golden event. A deleted record, and one that leaves the filter, keeps only key, version and sequence:
 * without them an older event, repeated late, would bring the record back.
 */
export function toSeedRow(event: GoldenEvent, filter: SeedFilter = () => true): SeedRow {
  const { key, version, sequence } = event;
  const fields = completeFields(event.entity, event.fields);
  if (event.status === 'live' && filter(fields)) return { key, version, sequence, status: 'live', fields };
  return { key, version, sequence, status: 'deleted', fields: completeFields(event.entity, {}) };
}

/** Digest of everything that the hub wrote into a row: 16 hex digits, the same as the store computes by itself. */
export function seedRowDigest(entity: Entity, row: SeedRow): string {
  return recordDigest(fieldTypes(entity), {
    ...row.fields,
    [ROW_DIGEST_NAMES.key]: row.key,
    [ROW_DIGEST_NAMES.sequence]: row.sequence.toString(),
    [ROW_DIGEST_NAMES.status]: row.status,
    [ROW_DIGEST_NAMES.version]: row.version.toString(),
  });
}

function completeFields(entity: Entity, fields: CanonicalFields): CanonicalFields {
  const complete: Record<string, CanonicalValue> = {};
  for (const name of Object.keys(ENTITIES[entity].fields)) complete[name] = fields[name] ?? null;
  return complete;
}

const TYPES = new Map<Entity, Readonly<Record<string, FieldType>>>(
  (Object.keys(ENTITIES) as Entity[]).map((entity) => [
    entity,
    Object.fromEntries(Object.entries(ENTITIES[entity].fields).map(([name, { type }]) => [name, type])),
  ]),
);

function fieldTypes(entity: Entity): Readonly<Record<string, FieldType>> {
  return TYPES.get(entity) ?? {};
}
