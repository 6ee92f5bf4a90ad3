import type {
  LetterDetail,
  LetterReport,
  PartitionResetReport,
  ReplayPlanReport,
  ReplayReport,
  ReplayTargetReport,
  WindowReport,
} from '#contracts';
import { instantOfMs } from '#kernel';
import type {
  DeadLetter,
  PartitionReset,
  PartitionWindow,
  ReplayDestination,
  ReplayJob,
  ReplayPlan,
  ReplayPreview,
  ReplaySelection,
} from '#replay';
import type { LetterValue } from '#replay-desk';

/** A replay as the page shows it. Pure. */
export function toReplayReport(job: ReplayJob): ReplayReport {
  const { id, source, destination, selection, pace, state, problem, actor, createdAt, changedAt, positions } = job;
  const total = positions.reduce((sum, { fromOffset, untilOffset }) => sum + untilOffset - fromOffset, 0n);
  const passed = positions.reduce((sum, { fromOffset, nextOffset }) => sum + nextOffset - fromOffset, 0n);
  return {
    ...{ id, source, state, problem, actor, createdAt, changedAt, perSecond: pace.perSecond },
    target: toTarget(destination),
    chosen: describeSelection(selection),
    sent: positions.reduce((sum, { sent }) => sum + sent, 0),
    unreadable: positions.reduce((sum, { unreadable }) => sum + unreadable, 0),
    percent: total === 0n ? 100 : Number((passed * 100n) / total),
    positions: positions.map(({ nextOffset, sent, ...window }) => {
      return { ...toWindow(window), next: String(nextOffset), sent };
    }),
  };
}

/** What a dry run found. Pure. */
export function toPlanReport(plan: ReplayPlan, preview: ReplayPreview): ReplayPlanReport {
  const { source, destination, windows, affected, warnings } = plan;
  const { messages, selected, unreadable, samples, keysNotFound } = preview;
  return {
    ...{ source, affected, warnings, messages, selected, unreadable, keysNotFound },
    target: toTarget(destination),
    windows: windows.map(toWindow),
    partitions: preview.partitions.map(({ fromOffset, untilOffset, ...counts }) => {
      return { ...counts, from: String(fromOffset), until: String(untilOffset) };
    }),
    samples: samples.map(({ partition, offset, key, timestampMs, valueBytes: bytes }) => {
      return { partition, offset: String(offset), key, at: instantOfMs(timestampMs), bytes };
    }),
  };
}

/** What a reset does, with offsets as text. Pure. */
export function toResetReport({ partition, from, to, again, skipped, remark }: PartitionReset): PartitionResetReport {
  const before = from === null ? null : String(from);
  return { partition, from: before, to: String(to), again: String(again), skipped: String(skipped), remark };
}

/** A letter as the page shows it. Pure. */
export function toLetterReport({
  place: _place,
  hasValue: _has,
  holdsKey: _holds,
  origin,
  heldBehind,
  ...letter
}: DeadLetter): LetterReport {
  return {
    ...letter,
    origin: { ...origin, offset: String(origin.offset) },
    heldBehind: heldBehind === null ? null : String(heldBehind),
  };
}

/** A letter with its message. Pure. */
export function toLetterDetail(letter: DeadLetter, value: LetterValue): LetterDetail {
  const { headers, timestampMs, value: bytes } = value.message;
  const head = { letter: toLetterReport(letter), headers, at: instantOfMs(timestampMs), bytes: bytes?.length ?? 0 };
  if ('problem' in value) return { ...head, type: null, value: null, problem: value.problem };
  return { ...head, type: value.typeName, value: toJson(value.record), problem: null };
}

function toTarget({ kind, topic, group }: ReplayDestination): ReplayTargetReport {
  return { kind, topic, group };
}

function toWindow({ partition, fromOffset, untilOffset }: PartitionWindow): WindowReport {
  return { partition, from: String(fromOffset), until: String(untilOffset) };
}

function describeSelection({ fromMs, untilMs, keys, where = [] }: ReplaySelection): string[] {
  return [
    ...(fromMs === undefined ? [] : [`from ${instantOfMs(fromMs)}`]),
    ...(untilMs === undefined ? [] : [`before ${instantOfMs(untilMs)}`]),
    ...(keys === undefined ? [] : [keys.length === 1 ? `key ${keys[0]}` : `${keys.length} keys`]),
    ...where.map(({ on, name, test, value }) => `${on} ${name} ${test === 'equals' ? '=' : '~'} ${value}`),
  ];
}

function toJson(record: unknown): unknown {
  return JSON.parse(
    JSON.stringify(record, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  );
}
