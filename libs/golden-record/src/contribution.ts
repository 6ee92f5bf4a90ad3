import { equalValues } from '#canonical';
import type { ContributionEvent, FieldMark } from '#contracts';
import type { CanonicalFields, CanonicalValue, ExternalId, Instant, RecordStatus, SystemId } from '#kernel';

/** What a contribution says: status, fields and, for exactly the names of `fields`, their marks. */
export interface Statement {
  readonly status: RecordStatus;
  readonly fields: CanonicalFields;
  readonly marks: Readonly<Record<string, FieldMark>>;
}

/** A value that an admin rejected; it does not come back until its system authors the field again. */
export interface RejectedValue {
  readonly value: CanonicalValue;
  readonly at: Instant | null;
}

/** The latest contribution of one (system, external id) to one record. */
export interface Contribution {
  readonly system: SystemId;
  readonly externalId: ExternalId;
  /** Highest (epoch, sequence) seen, whether it was accepted or rejected. */
  readonly epoch: number;
  readonly sequence: bigint;
  /** What competes in the merge; null while nothing of it was accepted. */
  readonly accepted: Statement | null;
  readonly rejected: Readonly<Record<string, RejectedValue>>;
}

/** True when `event` is newer than what was seen of its (system, external id): higher epoch, then higher sequence. */
export function isNewer(
  event: Pick<ContributionEvent, 'epoch' | 'sequence'>,
  seen: Pick<Contribution, 'epoch' | 'sequence'> | null,
): boolean {
  if (!seen) return true;
  return event.epoch !== seen.epoch ? event.epoch > seen.epoch : event.sequence > seen.sequence;
}

/**
 * The contribution after `event`; `duplicate` when its (epoch, sequence) is not newer. Idempotent. An event is the
 * whole contribution, so nothing is carried over, but for fields that repeat a rejected value: they keep what was
 * accepted before.
 */
export function applyContribution(current: Contribution | null, event: ContributionEvent): Contribution | 'duplicate' {
  if (!isNewer(event, current)) return 'duplicate';
  const { system, externalId, epoch, sequence } = event;
  const rejected: Record<string, RejectedValue> = {};
  for (const [name, refused] of Object.entries(current?.rejected ?? {}))
    if (repeats(event, name, refused)) rejected[name] = refused;
  const accepted = withoutRejected(event, rejected, current?.accepted ?? null);
  return { system, externalId, epoch, sequence, accepted, rejected };
}

/**
 * The contribution after an admin rejected `event`: its (epoch, sequence) counts as seen, what was accepted stays, and
 * the fields by which it differed are remembered as rejected.
 */
export function rejectContribution(current: Contribution | null, event: ContributionEvent): Contribution | 'duplicate' {
  if (!isNewer(event, current)) return 'duplicate';
  const { system, externalId, epoch, sequence } = event;
  const accepted = current?.accepted ?? null;
  const rejected: Record<string, RejectedValue> = { ...current?.rejected };
  for (const [name, value] of Object.entries(event.fields))
    if (!accepted || !equalValues(accepted.fields[name], value))
      rejected[name] = { value, at: event.marks[name]?.at ?? null };
  return { system, externalId, epoch, sequence, accepted, rejected };
}

/** True when the event says of a field exactly what was rejected: the same value, authored at the same time. */
function repeats(event: ContributionEvent, name: string, refused: RejectedValue): boolean {
  const value = event.fields[name];
  return value !== undefined && equalValues(value, refused.value) && (event.marks[name]?.at ?? null) === refused.at;
}

function withoutRejected(
  event: ContributionEvent,
  rejected: Readonly<Record<string, RejectedValue>>,
  accepted: Statement | null,
): Statement {
  const names = Object.keys(rejected);
  if (names.length === 0) return { status: event.status, fields: event.fields, marks: event.marks };
  const fields: Record<string, CanonicalValue> = { ...event.fields };
  const marks: Record<string, FieldMark> = { ...event.marks };
  for (const name of names) {
    const value = accepted?.fields[name];
    const mark = accepted?.marks[name];
    delete fields[name];
    delete marks[name];
    if (value !== undefined && mark) [fields[name], marks[name]] = [value, mark];
  }
  return { status: event.status, fields, marks };
}
