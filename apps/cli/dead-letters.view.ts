import type { DeadLetter, DeadLetterGroup, RecordChange, RetryPlan } from '#replay';
import { grouped, indent, table, when } from './text.js';

/** Groups of open letters. */
export function renderLetterGroups(groups: readonly DeadLetterGroup[], nowMs: number): string {
  if (groups.length === 0) return 'No open dead letter.';
  const rows = groups.map(({ groupId, letters, held, consumer, kind, code, reason, lastAt }) => [
    ...[groupId, letters, held, consumer, kind, code, reason, when(lastAt, nowMs)],
  ]);
  return table(['group', 'letters', 'held', 'consumer', 'class', 'code', 'reason', 'last'], rows);
}

/** Letters, one a line. */
export function renderLetters(letters: readonly DeadLetter[], nowMs: number): string {
  if (letters.length === 0) return 'No open dead letter.';
  const rows = letters.map(({ id, origin, key, attempts, heldBehind, note, parkedAt }) => [
    ...[id, `${origin.topic} ${origin.partition}:${origin.offset}`, JSON.stringify(key), attempts],
    ...[heldBehind === null ? '' : `behind ${heldBehind}`, note ?? '', when(parkedAt, nowMs)],
  ]);
  return table(['id', 'origin', 'key', 'attempts', 'waits', 'note', 'parked'], rows);
}

/** One letter with its value, or why that can't be shown. */
export function renderLetter(letter: DeadLetter, value: string, nowMs: number): string {
  const { id, state, consumer, code, reason, kind, attempts, note, decidedBy } = letter;
  return [
    `${id}: ${state}${decidedBy === null ? '' : ` (${decidedBy})`}, ${kind}, parked ${attempts} times`,
    `${consumer} could not handle it: ${code}: ${reason}`,
    renderLetters([letter], nowMs),
    ...(note === null ? [] : [`Note: ${note}`]),
    'Value:',
    indent(value),
  ].join('\n');
}

/** What a retry would do. */
export function renderRetryPlan({ letters, held, lanes }: RetryPlan): string {
  const rows = lanes.map(({ lane, group, isRead }) => [group, lane, isRead ? 'yes' : 'no: nothing can be retried']);
  const waiting =
    held === 0 ? [] : [`${grouped(held)} more wait behind another of their key; their service releases them in order.`];
  const head = `${grouped(letters)} letters once more to their consumers`;
  return [head, ...(rows.length === 0 ? [] : [indent(table(['group', 'lane', 'reads it'], rows))]), ...waiting].join(
    '\n',
  );
}

/** What an edit changes, field by field. */
export function renderChanges(changes: readonly RecordChange[]): string {
  if (changes.length === 0) return 'The edit changes nothing.';
  return changes.flatMap(({ path, from, to }) => [`- ${path}: ${from}`, `+ ${path}: ${to}`]).join('\n');
}
