import { differingFields } from '#canonical';
import type { Entity, FieldOrigin, GoldenEvent, MergedUpTo } from '#contracts';
import type { SurvivorshipPolicy } from '#hub-file';
import { HubError, type BusinessKey, type CanonicalFields, type Instant, type RecordStatus } from '#kernel';
import type { Contribution } from './contribution.js';
import type { MergedRecord } from './merge.js';

/** The golden record as stored. */
export interface GoldenRecord {
  readonly key: BusinessKey;
  /** Rises by one with every change of values or status; 0 while the record is foreign and unpublished. */
  readonly version: bigint;
  /** Rises with every event of the key. */
  readonly sequence: bigint;
  readonly status: RecordStatus;
  readonly policyVersion: number;
  readonly changedAt: Instant;
  readonly fields: CanonicalFields;
}

/** What a merge means for the golden record: a new version, an answer (state topic only), or nothing to publish. */
export type GoldenDecision =
  | { readonly kind: 'version' | 'answer'; readonly golden: GoldenRecord }
  | { readonly kind: 'foreign'; readonly golden: GoldenRecord };

/**
 * Compares what was merged with the record so far. A record that was never published and is foreign stays at version 0.
 * Versions and times of a record never go back.
 * @throws HubError HUB_CONFIG_INVALID when the record was made by a newer policy: this process has an old hub file.
 */
export function decideGolden(
  previous: GoldenRecord | null,
  merged: MergedRecord,
  policy: SurvivorshipPolicy,
  at: { readonly key: BusinessKey; readonly now: Instant },
): GoldenDecision {
  if (previous && previous.policyVersion > policy.version) throw olderPolicy(previous, policy);
  const { status, fields, foreign } = merged;
  const base = previous ?? start(at);
  const isPublished = base.version > 0n;
  const next = { ...base, policyVersion: policy.version };
  if (foreign && !isPublished) return { kind: 'foreign', golden: { ...next, status, fields } };
  const sequence = base.sequence + 1n;
  const isSame = status === base.status && differingFields(fields, base.fields).length === 0;
  if (isPublished && isSame) return { kind: 'answer', golden: { ...next, sequence } };
  const changedAt = base.changedAt > at.now ? base.changedAt : at.now;
  return { kind: 'version', golden: { ...next, version: base.version + 1n, sequence, status, fields, changedAt } };
}

/** The event of a golden record, with the last contribution that it includes of each contributor. */
export function toGoldenEvent(
  entity: Entity,
  golden: GoldenRecord,
  origins: Readonly<Record<string, FieldOrigin>>,
  contributions: readonly Contribution[],
): GoldenEvent {
  return { entity, ...golden, merged: toMergedUpTo(contributions), origins };
}

function toMergedUpTo(contributions: readonly Contribution[]): MergedUpTo[] {
  return contributions
    .map(({ system, externalId, epoch, sequence }) => ({ system, externalId, epoch, sequence }))
    .sort((a, b) => (a.system + '\0' + a.externalId < b.system + '\0' + b.externalId ? -1 : 1));
}

function start(at: { readonly key: BusinessKey; readonly now: Instant }): GoldenRecord {
  return { key: at.key, version: 0n, sequence: 0n, status: 'live', policyVersion: 0, changedAt: at.now, fields: {} };
}

function olderPolicy(previous: GoldenRecord, policy: SurvivorshipPolicy): HubError {
  return new HubError(
    'HUB_CONFIG_INVALID',
    'This record was merged under a newer survivorship policy: another golden process runs a newer hub file.',
    { key: previous.key, recordPolicy: previous.policyVersion, ownPolicy: policy.version },
  );
}
