import type { ContributionEvent, Entity, FieldMark, FieldOverride } from '#contracts';
import {
  holdDigest,
  type Cause,
  type Contribution,
  type GoldenRecord,
  type GuardBatch,
  type HeldContribution,
  type HoldRow,
  type HoldState,
  type Statement,
} from '#golden-record';
import type {
  BusinessKey,
  CanonicalFields,
  CanonicalValue,
  ExternalId,
  Instant,
  RecordStatus,
  SystemId,
} from '#kernel';

/** A timestamptz column as an {@link Instant}. */
export const instantSql = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Compact form of a statement: field → value, time and, where so, `true` for unread, and what the hub overrides. */
type Said = Readonly<Record<string, readonly [CanonicalValue, Instant | null, boolean?, FieldOverride?]>>;

export interface ContributionRow {
  readonly key: BusinessKey;
  readonly system: SystemId;
  readonly external_id: ExternalId;
  readonly epoch: number;
  readonly sequence: string;
  readonly status: RecordStatus | null;
  /** JSON of {@link Said}. */
  readonly said: string | null;
  /** JSON of the rejected values by field. */
  readonly rejected: string | null;
}

export interface GoldenRow {
  readonly key: BusinessKey;
  readonly version: string;
  readonly sequence: string;
  readonly status: RecordStatus;
  readonly policy_version: number;
  readonly changed_at: Instant;
  /** JSON of the fields. */
  readonly fields: string;
  /** JSON of {@link CauseText}; null where it is not known. */
  readonly cause: string | null;
}

/** System, batch, partition, offset. */
type CauseText = readonly [SystemId, string | null, number | null, number | null];

export interface BatchRow extends Omit<GuardBatch, 'catalogue' | 'observedAt'> {
  readonly catalogue: string;
  readonly observed_at: Instant;
}

export interface HeldRow {
  readonly batch_id: string;
  readonly hold_id: string;
  readonly state: HoldState;
  readonly rules: readonly string[];
  readonly is_bulk: boolean;
  readonly event: HeldEvent;
}

/** The event, and where it lay on its topic. */
type HeldEvent = Omit<ContributionEvent, 'sequence'> & {
  readonly sequence: string;
  readonly place?: { readonly partition: number; readonly offset: string };
};

export interface HoldSqlRow {
  readonly id: string;
  readonly batch_id: string;
  readonly system: SystemId;
  readonly entity: Entity;
  readonly state: HoldState;
  readonly rule: string;
  readonly count: string;
  readonly limit: string;
  readonly reason: string;
  readonly digest: string;
  readonly samples: readonly string[];
  readonly observed_at: Instant;
  readonly opened_at: Instant;
  readonly decided_at: Instant | null;
  readonly decided_by: string | null;
}

export function toContribution(row: ContributionRow): Contribution {
  const { system, external_id: externalId, epoch, sequence, status, said } = row;
  const accepted = status === null || said === null ? null : toStatement(status, JSON.parse(said) as Said);
  const rejected = row.rejected === null ? {} : (JSON.parse(row.rejected) as Contribution['rejected']);
  return { system, externalId, epoch, sequence: BigInt(sequence), accepted, rejected };
}

export function toContributionRow(key: BusinessKey, contribution: Contribution): ContributionRow {
  const { system, externalId, epoch, sequence, accepted, rejected } = contribution;
  return {
    ...{ key, system, external_id: externalId, epoch, sequence: sequence.toString() },
    status: accepted?.status ?? null,
    said: accepted && JSON.stringify(toSaid(accepted)),
    rejected: Object.keys(rejected).length > 0 ? JSON.stringify(rejected) : null,
  };
}

export function toGolden(row: GoldenRow): GoldenRecord {
  const { key, version, sequence, status, policy_version: policyVersion, changed_at: changedAt } = row;
  const fields = JSON.parse(row.fields) as CanonicalFields;
  const numbers = { version: BigInt(version), sequence: BigInt(sequence), policyVersion };
  return { key, ...numbers, status, changedAt, fields, ...(row.cause !== null && { cause: toCause(row.cause) }) };
}

function toCause(text: string): Cause {
  const [system, batch, partition, offset] = JSON.parse(text) as CauseText;
  return { system, batch, place: partition === null || offset === null ? null : { partition, offset: BigInt(offset) } };
}

function toCauseText({ system, batch, place }: Cause): string {
  const text: CauseText = [system, batch, place?.partition ?? null, place ? Number(place.offset) : null];
  return JSON.stringify(text);
}

export function toGoldenRow(golden: GoldenRecord): GoldenRow {
  const { key, version, sequence, status, policyVersion, changedAt, fields } = golden;
  const numbers = { version: version.toString(), sequence: sequence.toString(), policy_version: policyVersion };
  const cause = golden.cause ? toCauseText(golden.cause) : null;
  return { key, ...numbers, status, changed_at: changedAt, fields: JSON.stringify(fields), cause };
}

export function toBatch({ observed_at: observedAt, catalogue, ...row }: BatchRow): GuardBatch {
  return { ...row, observedAt, catalogue: Number(catalogue) };
}

export function toHeld(row: HeldRow): HeldContribution {
  const { batch_id: batchId, hold_id: holdId, state: holdState, rules, is_bulk: isBulk } = row;
  const { place, ...event } = row.event;
  return {
    ...{ batchId, holdId, holdState, rules, isBulk, event: { ...event, sequence: BigInt(event.sequence) } },
    ...(place && { place: { partition: place.partition, offset: BigInt(place.offset) } }),
  };
}

/** The stored form of a held event. */
export function toHeldEvent({ event, place }: HeldContribution): HeldEvent {
  const where = place && { partition: place.partition, offset: place.offset.toString() };
  return { ...event, sequence: event.sequence.toString(), ...(where && { place: where }) };
}

/** What a hold covers now; decided holds keep what they were decided on. */
export interface CoveredRow {
  readonly hold_id: string;
  readonly key: string;
  readonly external_id: ExternalId;
  readonly epoch: number;
  readonly sequence: string;
}

const SAMPLES = 5;

export function toHold(row: HoldSqlRow, covered: readonly CoveredRow[]): HoldRow {
  const { id, batch_id: batchId, system, entity, state, rule, reason } = row;
  const isDecided = state !== 'open' && state !== 'collecting';
  const refs = covered.map((one) => ({
    externalId: one.external_id,
    epoch: one.epoch,
    sequence: BigInt(one.sequence),
  }));
  return {
    ...{ id, batchId, system, entity, state, rule, count: Number(row.count), limit: Number(row.limit), reason },
    digest: isDecided ? row.digest : holdDigest(refs),
    samples: isDecided ? row.samples : covered.slice(0, SAMPLES).map(({ key }) => key),
    ...{ observedAt: row.observed_at, openedAt: row.opened_at, decidedAt: row.decided_at, decidedBy: row.decided_by },
  };
}

/** Rows by a value of theirs, in their order. */
export function groupRows<Row, Value>(rows: readonly Row[], valueOf: (row: Row) => Value): Map<Value, Row[]> {
  const groups = new Map<Value, Row[]>();
  for (const row of rows) {
    const group = groups.get(valueOf(row));
    if (group) group.push(row);
    else groups.set(valueOf(row), [row]);
  }
  return groups;
}

function toStatement(status: RecordStatus, said: Said): Statement {
  const fields: Record<string, CanonicalValue> = {};
  const marks: Record<string, FieldMark> = {};
  for (const [name, [value, at, unread = false, override]] of Object.entries(said)) {
    fields[name] = value;
    marks[name] = override ? { at, unread, override } : { at, unread };
  }
  return { status, fields, marks };
}

function toSaid({ fields, marks }: Statement): Said {
  const said: Record<string, Said[string]> = {};
  for (const [name, value] of Object.entries(fields)) {
    const { at, unread, override } = marks[name] ?? { at: null, unread: false };
    said[name] = override ? [value, at, unread, override] : unread ? [value, at, true] : [value, at];
  }
  return said;
}
