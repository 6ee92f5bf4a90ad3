import { differingFields, equalValues } from '#canonical';
import type { RevertedField, SkippedField } from '#contracts';
import type { SurvivorshipPolicy } from '#hub-file';
import type { CanonicalValue } from '#kernel';
import type { GoldenRecord } from './golden.js';
import type { KeyRecord } from './ports.js';
import type { Repair } from './repair.js';

/** What goes back in one record, and what does not. */
export interface RecordPlan {
  readonly version: bigint;
  readonly changes: readonly RevertedField[];
  readonly skipped: readonly SkippedField[];
}

/**
 * What taking back the selected versions of a record means (ADR 19). Each field that one of them changed goes back to what it
 * was before the first of them, unless something outside the selection changed it since. Fields are judged one by one. Whether
 * the record exists is not taken back, only listed. Pure.
 *
 * @param versions ascending and without gaps, from the one before the first selected (where there is one) to the current one
 */
export function planRevert(
  versions: readonly GoldenRecord[],
  selected: ReadonlySet<bigint>,
  policy: SurvivorshipPolicy,
): RecordPlan {
  const current = versions.at(-1);
  if (!current) return { version: 0n, changes: [], skipped: [whole('golden has no version of it')] };
  const { version } = current;
  const steps = toSteps(versions);
  const existence = steps.filter(({ after }) => selected.has(after.version)).flatMap(existenceNote);
  if (current.status === 'deleted')
    return { version, changes: [], skipped: [...existence, whole('the record is deleted now')] };
  const plan = { version, changes: [] as RevertedField[], skipped: existence };
  for (const [field, first] of firstTouches(steps, selected)) {
    const verdict = judgeField(field, { first, current, policy, later: laterTouch(steps, selected, first, field) });
    if (verdict && 'why' in verdict) plan.skipped.push(verdict);
    else if (verdict) plan.changes.push(verdict);
  }
  return plan;
}

/**
 * What undoing a repair means: the values that the round found in the system come back, unless golden or the system changed
 * the record since. Pure.
 */
export function planUndo(record: KeyRecord | undefined, repair: Repair, policy: SurvivorshipPolicy): RecordPlan {
  const golden = record?.golden;
  if (!golden) return { version: 0n, changes: [], skipped: [whole('golden has no version of it')] };
  const why = whyNotUndone(record, golden, repair);
  if (why !== null) return { version: golden.version, changes: [], skipped: [whole(why)] };
  const changes = Object.entries(repair.found).flatMap(([field, before]): RevertedField[] => {
    const now = golden.fields[field];
    const isSame = !policy.fields[field] || equalValues(now, before);
    return isSame ? [] : [change(field, now, before)];
  });
  const skipped = changes.length > 0 ? [] : [whole('no field that golden has was repaired')];
  return { version: golden.version, changes, skipped };
}

function whyNotUndone({ contributions }: KeyRecord, golden: GoldenRecord, repair: Repair): string | null {
  const { system, externalId, epoch, sequence } = repair;
  if (golden.version !== repair.version) return changedBy(golden);
  const said = contributions.find((one) => one.system === system && one.externalId === externalId);
  if (said?.sequence !== sequence || said.epoch !== epoch) return `${system} changed it since`;
  if (repair.status === 'deleted') return `${system} had lost the record: undoing would delete it there again`;
  return golden.status === 'deleted' ? 'the record is deleted now' : null;
}

/** From one version to the next; without a version before for the first of a record, and where that is not known. */
interface Step {
  readonly before: GoldenRecord | null;
  readonly after: GoldenRecord;
}

function toSteps(versions: readonly GoldenRecord[]): Step[] {
  return versions.map((after, index) => {
    const before = versions[index - 1];
    return { before: before?.version === after.version - 1n ? before : null, after };
  });
}

function existenceNote({ before, after }: Step): SkippedField[] {
  if (!before && after.version > 1n) return [whole('what it was before is not known')];
  if (!before) return [whole('it was created: a creation is not taken back')];
  if (before.status === after.status) return [];
  const what = after.status === 'deleted' ? 'deleted: a deletion' : 'created again: a creation';
  return [whole(`it was ${what} is not taken back`)];
}

/** Per field, the first selected step that changed it; where a record began there is nothing to go back to. */
function firstTouches(steps: readonly Step[], selected: ReadonlySet<bigint>): Map<string, Step> {
  const touches = new Map<string, Step>();
  for (const step of steps)
    if (step.before && selected.has(step.after.version))
      for (const field of differingFields(step.before.fields, step.after.fields))
        if (!touches.has(field)) touches.set(field, step);
  return touches;
}

/** The last step outside the selection that changed the field after `first`. */
function laterTouch(
  steps: readonly Step[],
  selected: ReadonlySet<bigint>,
  first: Step,
  field: string,
): Step | undefined {
  return steps.findLast(({ before, after }) => {
    const isOutside = after.version > first.after.version && !selected.has(after.version);
    return isOutside && !equalValues(before?.fields[field], after.fields[field]);
  });
}

interface FieldCase {
  readonly first: Step;
  readonly later: Step | undefined;
  readonly current: GoldenRecord;
  readonly policy: SurvivorshipPolicy;
}

function judgeField(
  field: string,
  { first, later, current, policy }: FieldCase,
): RevertedField | SkippedField | undefined {
  const before = first.before?.fields[field];
  const now = current.fields[field];
  if (equalValues(before, now)) return undefined;
  if (later) return { field, why: changedBy(later.after) };
  if (before === undefined) return { field, why: 'it had no value before' };
  if (!policy.fields[field]) return { field, why: 'no rule of the hub file names it any more' };
  return change(field, now, before);
}

function change(field: string, now: CanonicalValue | undefined, before: CanonicalValue): RevertedField {
  return now === undefined ? { field, before } : { field, now, before };
}

function changedBy({ version, cause }: GoldenRecord): string {
  return `changed since by ${cause?.system ?? 'another policy or an unknown cause'} (version ${version})`;
}

function whole(why: string): SkippedField {
  return { field: null, why };
}
