import { toCanonicalRecord, type EntityMapping, type ObservedRecord, type RejectedRecord } from '#connector-sdk';
import type { Entity, EntityDescriptor } from '#contracts';
import type { ExternalId } from '#kernel';
import type { TrytonEntity, TrytonRecord, TrytonRecords } from './entity.js';

/** Everything about one mapped entity. */
export interface EntityPlan {
  readonly name: Entity;
  readonly descriptor: EntityDescriptor;
  readonly mapping: EntityMapping;
  readonly entity: TrytonEntity;
}

/** Records of a reading, mapped; those that could not be, with the reason. */
export interface Observed {
  readonly records: readonly ObservedRecord[];
  readonly rejected: readonly RejectedRecord[];
}

/** Maps what was read. A record that can't be mapped is named, and the others go on. */
export function toObserved(plan: EntityPlan, { records, unreadable }: TrytonRecords): Observed {
  const observed: ObservedRecord[] = [];
  const rejected: RejectedRecord[] = [...unreadable];
  for (const record of records) {
    const mapped = toObservedRecord(plan, record);
    if ('reason' in mapped) rejected.push(mapped);
    else observed.push(mapped);
  }
  return { records: observed, rejected };
}

/** Maps one record. */
export function toObservedRecord(plan: EntityPlan, record: TrytonRecord): ObservedRecord | RejectedRecord {
  const { externalId, raw, version, changedAt } = record;
  const mapped = toCanonicalRecord(plan.mapping, plan.descriptor, withNames(plan, raw));
  if (!mapped.ok) return { externalId, reason: mapped.reason };
  const { key, fields } = mapped;
  return { externalId: externalId as ExternalId, key, version, changedAt, status: 'live', fields, digest: null };
}

/** A text that a language lacks is none, not unread: all translations were read. */
function withNames({ entity }: EntityPlan, raw: TrytonRecord['raw']): TrytonRecord['raw'] {
  const missing = [...entity.columns.keys()].filter((column) => !(column in raw));
  return { ...raw, ...Object.fromEntries(missing.map((column) => [column, null] as const)) };
}
