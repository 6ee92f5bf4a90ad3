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
  /** When the connector made the event, milliseconds since the epoch; 0 unless given. */
  readonly observedAtMs?: number;
}

const DEFAULTS = {
  entity: 'product',
  system: 'erp',
  key: 'A-1',
  sequence: 1n,
  status: 'live',
  observedAtMs: 0,
} as const;

/** A change event for tests. */
export function aContribution(sketch: ContributionSketch = {}): ContributionEvent {
  const { entity, system, key, sequence, status, observedAtMs, fields = {} } = { ...DEFAULTS, ...sketch };
  const mark: FieldMark = { at: sketch.at === undefined ? null : instantOfMs(sketch.at), unread: false };
  return {
    entity,
    system: system as SystemId,
    externalId: (sketch.externalId ?? key) as ExternalId,
    key: key as BusinessKey,
    epoch: 1,
    sequence,
    status,
    observedAt: instantOfMs(observedAtMs),
    fields,
    marks: Object.fromEntries(Object.keys(fields).map((name) => [name, mark])),
  };
}
