import type { ContributionEvent, Entity, FieldMark } from '#contracts';
import { instantOfMs, type BusinessKey, type CanonicalFields, type ExternalId, type SystemId } from '#kernel';

/** What a test says of a contribution; the rest is filled in. */
export interface ContributionSketch {
  readonly entity?: Entity;
  readonly system?: string;
  readonly key?: string;
  /** The key unless given. */
  readonly externalId?: string;
  readonly sequence?: bigint;
  readonly status?: ContributionEvent['status'];
  readonly fields?: CanonicalFields;
  /** Time of every field, milliseconds since the epoch; a first observation unless given. */
  readonly at?: number;
}

/** A change event for tests. */
export function aContribution(sketch: ContributionSketch = {}): ContributionEvent {
  const { entity = 'product', system = 'erp', key = 'A-1', externalId = key, sequence = 1n, fields = {} } = sketch;
  const mark: FieldMark = { at: sketch.at === undefined ? null : instantOfMs(sketch.at), unread: false };
  return {
    entity,
    system: system as SystemId,
    externalId: externalId as ExternalId,
    key: key as BusinessKey,
    epoch: 1,
    sequence,
    status: sketch.status ?? 'live',
    observedAt: instantOfMs(0),
    fields,
    marks: Object.fromEntries(Object.keys(fields).map((name) => [name, mark])),
  };
}
