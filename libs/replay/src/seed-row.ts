import { recordDigest } from '#canonical';
import { ENTITIES, type Entity, type GoldenEvent } from '#contracts';
import type { BusinessKey, CanonicalFields, CanonicalValue, FieldType, RecordStatus } from '#kernel';
import { compileShape, WHOLE, type SeedView } from './seed-shape.js';

/** One record of a seeded store. `fields` has every field of the store's shape; absent and empty are both null. */
export interface SeedRow {
  readonly key: BusinessKey;
  readonly version: bigint;
  readonly sequence: bigint;
  readonly status: RecordStatus;
  readonly fields: CanonicalFields;
  /** The event that it was made of, for stores that keep more of it than a row. Not part of what is compared. */
  readonly event?: GoldenEvent;
}

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
export function toSeedRow(event: GoldenEvent, view: SeedView = wholeOf(event.entity)): SeedRow {
  const { key, version, sequence } = event;
  const isLive = event.status === 'live' && view.wants(key, completeFields(event.fields, wholeOf(event.entity).names));
  const fields = completeFields(isLive ? event.fields : {}, view.names);
  return { key, version, sequence, status: isLive ? 'live' : 'deleted', fields, event };
}

/** The golden event that tells a row: of its fields only, and deleted where the row is. @throws TypeError for a row without event */
export function toSeedEvent({ status, fields, event }: SeedRow): GoldenEvent {
  if (!event) throw new TypeError('The row was not made of an event.');
  const isLive = status === 'live';
  const shown = (name: string): boolean => isLive && Object.hasOwn(fields, name);
  return { ...event, status, fields: pick(event.fields, shown), origins: pick(event.origins, shown) };
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

function completeFields(fields: CanonicalFields, names: readonly string[]): CanonicalFields {
  const complete: Record<string, CanonicalValue> = {};
  for (const name of names) complete[name] = fields[name] ?? null;
  return complete;
}

function pick<T>(from: Readonly<Record<string, T>>, isWanted: (name: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => isWanted(name)));
}

const VIEWS = new Map<Entity, SeedView>(
  (Object.keys(ENTITIES) as Entity[]).map((entity) => [entity, compileShape(entity, WHOLE)]),
);

function wholeOf(entity: Entity): SeedView {
  return VIEWS.get(entity) ?? compileShape(entity, WHOLE);
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
