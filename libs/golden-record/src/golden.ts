import { differingFields } from '#canonical';
import type { Entity, FieldOrigin, GoldenEvent, MergedUpTo } from '#contracts';
import type { SurvivorshipPolicy } from '#hub-file';
import {
  HubError,
  type BusinessKey,
  type CanonicalFields,
  type Instant,
  type RecordStatus,
  type SystemId,
} from '#kernel';
import type { Contribution } from './contribution.js';
import type { MergedRecord } from './merge.js';

/** What made a version: a change that came, or an act of the hub. */
export interface Cause {
  readonly system: SystemId;
  /** Source batch, reconcile round or revert; null for a change of none. */
  readonly batch: string | null;
  /** Place on the change topic of (system, entity); null for what did not come from there. */
  readonly place: Place | null;
}

/** Where a change event lies on its topic. */
export interface Place {
  readonly partition: number;
  readonly offset: bigint;
}

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
  /** What made this version; absent for another policy, and where it is not known (taken over from topics). */
  readonly cause?: Cause;
}

/** What a merge means for the golden record: a new version, an answer (state topic only), or nothing to publish. */
export type GoldenDecision =
  | { readonly kind: 'version' | 'answer'; readonly golden: GoldenRecord }
  | { readonly kind: 'foreign'; readonly golden: GoldenRecord };

/** Of which record, when, and by what. */
export interface VersionContext {
  readonly key: BusinessKey;
  readonly now: Instant;
  readonly cause?: Cause | undefined;
}

/**
 * Compares what was merged with the record so far. A record that was never published and is foreign stays at version 0.
 * Versions and times of a record never go back.
 * @throws HubError HUB_CONFIG_INVALID when the record was made by a newer policy: this process has an old hub file.
 */
export function decideGolden(
  previous: GoldenRecord | null,
  merged: MergedRecord,
  policy: SurvivorshipPolicy,
  at: VersionContext,
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
  return { kind: 'version', golden: { ...toVersion(base, merged, policy, at), sequence } };
}

/** The next version: its time never goes back, and its cause is none of the one before. */
function toVersion(
  base: GoldenRecord,
  { status, fields }: MergedRecord,
  policy: SurvivorshipPolicy,
  { key, now, cause }: VersionContext,
): Omit<GoldenRecord, 'sequence'> {
  const changedAt = base.changedAt > now ? base.changedAt : now;
  const made = { key, version: base.version + 1n, status, policyVersion: policy.version, changedAt, fields };
  return cause ? { ...made, cause } : made;
}

/** The event of a golden record, with the last contribution that it includes of each contributor. */
export function toGoldenEvent(
  entity: Entity,
  golden: GoldenRecord,
  origins: Readonly<Record<string, FieldOrigin>>,
  contributions: readonly Contribution[],
): GoldenEvent {
  const { key, version, sequence, status, policyVersion, changedAt, fields } = golden;
  const head = { entity, key, version, sequence, status, policyVersion, changedAt };
  return { ...head, merged: toMergedUpTo(contributions), fields, origins };
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
