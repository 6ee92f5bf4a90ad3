import type { AvroRecord, EventTypeName } from '#contracts';
import { HubError, toHubError } from '#kernel';
import { editRecord, type DeadLetter, type RecordEdit, type RetryOutcome } from '#replay';
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
export type LetterValue = { readonly record: object; readonly text: string } | { readonly problem: string };

/** What is the value's own fault is an answer. @throws HubError HUB_NOT_FOUND when the letter is gone, HUB_BROKER_*, HUB_REGISTRY_* */
export async function readValue(session: ReplaySession, letter: DeadLetter): Promise<LetterValue> {
  try {
    const record = (await decode(session, letter)).record;
    return { record, text: JSON.stringify(record, showBigInt, 2) };
  } catch (error) {
    const { code, disposition, message } = toHubError(error);
    if (disposition === 'park' && code !== 'HUB_NOT_FOUND') return { problem: `${code}: ${message}` };
    throw error;
  }
}

/**
 * Shows what changes, checks it against the schema and, when told so, sends it to the letter's consumer.
 * @throws HubError HUB_PAYLOAD_INVALID when it does not fit, or can't be read at all; HUB_REPLAY_REFUSED for a letter that is not open
 */
export async function editLetter(
  context: CliContext,
  session: ReplaySession,
  letter: DeadLetter,
  flags: EditFlags,
): Promise<void> {
  const { letterDesk, letters, codec, signal } = session;
  const { record, typeName } = await decode(session, letter);
  const edited = editRecord(record, (flags.set ?? []).map(readEdit));
  await codec.ensureSchemas();
  const value = codec.encode(typeName, edited.record);
  const { changes } = edited;
  if (!flags.execute || changes.length === 0) return context.output.result({ changes }, () => renderChanges(changes));
  context.output.progress(renderChanges(changes));
  if (!(await context.confirm('Send it?', flags.yes))) return context.output.result({ changes }, 'Nothing was done.');
  const { lanes } = await letterDesk.planRetry({ ids: [letter.id] });
  if (!lanes.every(({ isRead }) => isRead))
    throw new HubError('HUB_REPLAY_REFUSED', `${letter.consumer} does not read its lane.`, { id: letter.id });
  if (!(await letters.orderEdited(letter.id, value, context.actor)))
    throw new HubError('HUB_REPLAY_REFUSED', `The letter ${letter.id} is not open, or waits behind another.`, {
      id: letter.id,
    });
  tellRetried(context, await letterDesk.sendOrdered(signal));
}

/** Prints what was sent. */
export function tellRetried(context: CliContext, outcome: RetryOutcome): void {
  const { sent, gone } = outcome;
  if (gone > 0 || sent === 0) context.exit(EXIT.failed);
  const missing = gone === 0 ? '' : ` ${grouped(gone)} are not in their topic any more and stay open.`;
  context.output.result(outcome, `${grouped(sent)} letters were sent.${missing}`);
}

async function decode(
  { letterDesk, codec, signal }: ReplaySession,
  letter: DeadLetter,
): Promise<{ readonly record: AvroRecord; readonly typeName: EventTypeName }> {
  const { value } = await letterDesk.message(letter, signal);
  if (value === null) throw new HubError('HUB_PAYLOAD_INVALID', 'The message has no value.', { id: letter.id });
  await codec.prepare([value]);
  return codec.decode(value);
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
