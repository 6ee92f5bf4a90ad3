import { HubError } from '#kernel';
import type { DeadLetter, RecordEdit, RetryOutcome } from '#replay';
import type { LetterValue } from '#replay-desk';
import type { CliContext } from './context.js';
import { renderChanges } from './dead-letters.view.js';
import { EXIT } from './exit-codes.js';
import type { ReplaySession } from './replay-session.js';
import { grouped } from './text.js';

/** What is to be edited. */
export interface EditFlags {
  readonly set?: readonly string[];
  readonly execute?: boolean;
  readonly yes?: boolean;
}

/** The value of a letter as JSON, or why it can't be read. */
export function showLetterValue(value: LetterValue): string {
  return 'problem' in value ? value.problem : JSON.stringify(value.record, showBigInt, 2);
}

/**
 * Shows what changes, checks it against the schema and, when told so, sends it to the letter's consumer.
 * @throws HubError HUB_PAYLOAD_INVALID when it does not fit, or can't be read at all; HUB_REPLAY_REFUSED for a letter that is not open
 */
export async function editLetter(
  context: CliContext,
  { editor, letterDesk, signal }: ReplaySession,
  letter: DeadLetter,
  flags: EditFlags,
): Promise<void> {
  const edit = await editor.plan(letter, (flags.set ?? []).map(readEdit), signal);
  const { changes } = edit;
  if (!flags.execute || changes.length === 0) return context.output.result({ changes }, () => renderChanges(changes));
  context.output.progress(renderChanges(changes));
  if (!(await context.confirm('Send it?', flags.yes))) return context.output.result({ changes }, 'Nothing was done.');
  await editor.order(letter, edit, context.actor);
  tellRetried(context, await letterDesk.sendOrdered(signal));
}

/** Prints what was sent. */
export function tellRetried(context: CliContext, outcome: RetryOutcome): void {
  const { sent, gone } = outcome;
  if (gone > 0 || sent === 0) context.exit(EXIT.failed);
  const missing = gone === 0 ? '' : ` ${grouped(gone)} are not in their topic any more and stay open.`;
  context.output.result(outcome, `${grouped(sent)} letters were sent.${missing}`);
}

function readEdit(text: string): RecordEdit {
  const match = /^([^=]+)=(.*)$/s.exec(text);
  if (!match)
    throw new HubError('HUB_REQUEST_INVALID', `--set ${text}: write FIELD=VALUE, or FIELD=null for no value.`);
  const [, path = '', value = ''] = match;
  return { path, value: value === 'null' ? null : value };
}

function showBigInt(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
