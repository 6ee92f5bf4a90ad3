import type { BatchReport, RevertItem, RevertReport } from '#contracts';
import { grouped, showValue, table, when } from './text.js';

/** Records listed by name; the rest is counted, `--json` has up to a thousand. */
const LISTED = 20;

/** All records of a revert, whatever became of them. */
export function countRecords({ records }: RevertReport): number {
  return Object.values(records).reduce((sum, count) => sum + count, 0);
}

/** How far a revert is, in one line. */
export function describeRevert(report: RevertReport): string {
  const { id, state, records } = report;
  const total = countRecords(report);
  const left = state === 'planning' ? records.selected : records.planned;
  return `${id} is ${state}: ${grouped(total - left)} of ${grouped(total)} records …`;
}

/** What goes back, or went back, and what does not. */
export function renderRevert(
  report: RevertReport,
  skipped: readonly RevertItem[],
  moved: readonly RevertItem[],
): string {
  const { id, state, records, withSkipped, digest } = report;
  const isDone = state === 'applied' || state === 'applying';
  const count = isDone ? records.reverted : records.planned;
  const head = isDone
    ? `${id}: ${grouped(count)} records went back.`
    : `${id}: ${grouped(count)} records would go back.`;
  const samples = report.samples.flatMap(({ key, changes }) =>
    changes.map(({ field, now, before }) => [key, field, showValue(now), showValue(before)]),
  );
  return [
    head,
    ...(samples.length > 0 ? [table(['for example', 'field', isDone ? 'was' : 'is', 'before'], samples)] : []),
    ...(records.unchanged > 0 ? [`${grouped(records.unchanged)} are already as they were.`] : []),
    ...listOf(`${grouped(withSkipped)} have something that stays as it is:`, skipped, withSkipped),
    ...listOf(
      `${grouped(records.moved)} moved since the dry run and were left alone: look again.`,
      moved,
      records.moved,
    ),
    ...(isDone || count === 0 ? [] : [`Nothing was changed. Do it: the same with --yes --digest ${digest ?? ''}`]),
  ].join('\n');
}

function listOf(head: string, items: readonly RevertItem[], total: number): string[] {
  if (total === 0) return [];
  const rows = items
    .slice(0, LISTED)
    .flatMap(({ key, skipped }) =>
      skipped.length > 0 ? skipped.map(({ field, why }) => [key, field ?? '', why]) : [[key, '', '']],
    );
  const more = total > LISTED ? [`… and ${grouped(total - LISTED)} more (--json)`] : [];
  return [head, table(['record', 'field', 'why'], rows), ...more];
}

/** What made versions lately, to choose from. */
export function renderBatches(batches: readonly BatchReport[], nowMs: number): string {
  if (batches.length === 0) return 'Nothing with a batch has made a version yet.';
  const rows = batches.map(({ batch, system, records, to }) => [batch, system, records, when(to, nowMs)]);
  return [table(['batch', 'source', 'records', 'last change'], rows), 'Take one back: --batch <id>'].join('\n');
}
