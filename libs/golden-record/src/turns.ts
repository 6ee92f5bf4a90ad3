import { equalValues } from '#canonical';
import { ENTITIES, type ContributionEvent, type Entity } from '#contracts';
import type { SurvivorshipPolicy } from '#hub-file';
import { HUB_SYSTEM, instantOfMs, type CanonicalValue, type Instant, type SystemId } from '#kernel';
import type { GoldenRecord } from './golden.js';

/** Two systems that put one field back and forth between two values. */
export interface Turn {
  readonly field: string;
  /** Who had the field before. */
  readonly other: SystemId;
}

/** A value that stood for a while. */
interface Run {
  readonly value: CanonicalValue | undefined;
  readonly by: SystemId | undefined;
  readonly at: Instant;
}

/** The first two of the four words of a turn lie in the past, and so many versions back at most. */
export const TURN_VERSIONS = 32n;

/** The rule of a hold of turns. */
export const TURNS = 'turns';

const DAY_MS = 24 * 60 * 60_000;

/**
 * Fields at which systems may take turns: those of the last writer. Stock goes up and down by itself, and so does what
 * begins and ends at a time.
 */
export function turnFields(entity: Entity, policy: SurvivorshipPolicy): string[] {
  if (entity === 'stock-level') return [];
  const kinds = ENTITIES[entity].fields as Readonly<Record<string, { readonly type: string }>>;
  const isTime = (field: string): boolean => kinds[field]?.type === 'instant' || kinds[field]?.type === 'date';
  const rules = Object.entries(policy.fields);
  return rules.flatMap(([field, { kind }]) => (kind === 'last-writer-wins' && !isTime(field) ? [field] : []));
}

/** Whether the record's past must be read to know: cheap, and true for few. */
export function mayTakeTurn(
  event: ContributionEvent,
  golden: GoldenRecord | null,
  fields: readonly string[],
  nowMs: number,
): boolean {
  if (!golden || golden.version < 3n || event.system === HUB_SYSTEM) return false;
  if (golden.changedAt < instantOfMs(nowMs - DAY_MS)) return false;
  return fields.some((field) => {
    const value = event.fields[field];
    return value !== undefined && !equalValues(value, golden.fields[field]);
  });
}

/**
 * The turn that `after`, made by `system`, would take: the field had `a`, this system made it `b` within a day, another made
 * it `a` again, and now it would be `b`. A word of the hub itself (a revert) is nobody's turn.
 * @param past versions of the record, ascending, the current one last
 */
export function findTurn(
  past: readonly GoldenRecord[],
  after: GoldenRecord,
  system: SystemId,
  fields: readonly string[],
): Turn | null {
  for (const field of fields) {
    const other = otherOf(runsOf(past, field).slice(-3), after.fields[field], system, after.changedAt);
    if (other) return { field, other };
  }
  return null;
}

/** Who had the field before, when the system would take it back a second time. */
function otherOf(
  [first, own, now]: readonly Run[],
  next: CanonicalValue | undefined,
  system: SystemId,
  at: Instant,
): SystemId | undefined {
  if (first === undefined || own === undefined || now === undefined) return undefined;
  const isBack = equalValues(first.value, now.value) && equalValues(own.value, next);
  const isRecent = own.at > instantOfMs(Date.parse(at) - DAY_MS);
  const isMutual = own.by === system && now.by !== system && now.by !== HUB_SYSTEM;
  return isBack && isRecent && isMutual ? now.by : undefined;
}

/** One sentence for people: both writers, the field, and what to do. */
export function describeTurn(count: number, system: SystemId, { field, other }: Turn): string {
  const records = count === 1 ? '1 record is' : `${count} records are`;
  return `${records} put back and forth by ${system} and ${other} within a day, lately at ${field}: end one of the two writers, then decide whose value stays.`;
}

/** The one batch with which all turns of a system's entity wait. */
export function turnBatch({ system, entity }: Pick<ContributionEvent, 'system' | 'entity'>): string {
  return `${system}/${entity}/${TURNS}`;
}

function runsOf(past: readonly GoldenRecord[], field: string): Run[] {
  const runs: Run[] = [];
  for (const { fields, cause, changedAt } of past) {
    const value = fields[field];
    const last = runs.at(-1);
    if (!last || !equalValues(last.value, value)) runs.push({ value, by: cause?.system, at: changedAt });
  }
  return runs;
}
