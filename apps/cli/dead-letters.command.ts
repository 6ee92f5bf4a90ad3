import { HubError } from '#kernel';
import type { DeadLetter, DeadLetterChoice, DeadLetterKind } from '#replay';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { renderLetter, renderLetterGroups, renderLetters, renderRetryPlan } from './dead-letters.view.js';
import { editLetter, showLetterValue, tellRetried, type EditFlags } from './edit-letter.js';
import { EXIT } from './exit-codes.js';
import { withReplays, type ReplaySession } from './replay-session.js';
import { grouped } from './text.js';

/** Which letters, and whether it is to be done. */
interface ChoiceFlags {
  readonly group?: string;
  readonly consumer?: string;
  readonly class?: string;
  readonly all?: boolean;
  readonly reason?: string;
  readonly execute?: boolean;
  readonly yes?: boolean;
}

const KINDS: readonly DeadLetterKind[] = ['transient', 'permanent', 'unknown'];
const LISTED = 100;
const HELP = `
A retry goes through the private lane of the letter's consumer: nobody else gets it. Nothing is changed without --execute.

Examples:
  plumbline dead-letters list
  plumbline dead-letters list --group 1a2b3c4d5e6f
  plumbline dead-letters retry --class transient --execute
  plumbline dead-letters edit 42 --set fields.brand=Böhm --execute
  plumbline dead-letters discard --group 1a2b3c4d5e6f --reason 'test data' --execute`;

type InSession = (work: (session: ReplaySession) => Promise<void>) => Promise<void>;
type Work = (context: CliContext, session: ReplaySession, flags: ChoiceFlags, ids: readonly string[]) => Promise<void>;

/** `plumbline dead-letters` and its `list`, `show`, `retry`, `edit`, `discard` and `note`. */
export function addDeadLettersCommand(program: Command, context: CliContext): void {
  const letters = program
    .command('dead-letters')
    .description('messages that consumers could not handle: by cause, once more, edited, or given up')
    .addHelpText('after', HELP);
  const withChoice = (name: string, description: string, work: Work): Command =>
    letters
      .command(name)
      .description(description)
      .argument('[ids...]')
      .option('--group <id>', 'letters of one cause')
      .option('--consumer <group>', 'letters of one consumer group')
      .option('--class <class>', 'transient, permanent or unknown')
      .action((ids: readonly string[], flags: ChoiceFlags) =>
        inSession((session) => work(context, session, flags, ids)),
      );
  const inSession: InSession = (work) =>
    withReplays(context, async (session) => {
      await session.letterDesk.sync(session.signal);
      await work(session);
    });

  withChoice('list', 'causes of open letters; with --group or ids the letters themselves', list);
  withChoice('retry', 'hand letters to their consumers once more, in order', retry)
    .option('--all', 'all open letters')
    .option('--execute', 'do it')
    .option('--yes', 'do not ask');
  withChoice('discard', 'give letters up', discard)
    .option('--all', 'all open letters')
    .requiredOption('--reason <text>', 'why; it is kept')
    .option('--execute', 'do it')
    .option('--yes', 'do not ask');
  addSingleCommands(letters, context, inSession);
}

/** Commands about one letter. */
function addSingleCommands(letters: Command, context: CliContext, inSession: InSession): void {
  letters
    .command('show')
    .description('one letter with its value')
    .argument('<id>')
    .action((id: string) => inSession((session) => show(context, session, id)));
  letters
    .command('edit')
    .description('retry a letter with other values, which must fit the schema')
    .argument('<id>')
    .option('--set <field=value>', 'another value; repeat it', (value: string, before: readonly string[] = []) => [
      ...before,
      value,
    ])
    .option('--execute', 'do it')
    .option('--yes', 'do not ask')
    .action((id: string, flags: EditFlags) =>
      inSession(async (session) => editLetter(context, session, await getLetter(session, id), flags)),
    );
  letters
    .command('note')
    .description('write down what is known of a letter')
    .argument('<id>')
    .argument('<text>')
    .action((id: string, text: string) => inSession((session) => note(context, session, id, text)));
}

async function list(
  context: CliContext,
  { letters }: ReplaySession,
  flags: ChoiceFlags,
  ids: readonly string[],
): Promise<void> {
  const choice = readChoice(flags, ids);
  const nowMs = context.clock.nowMs();
  if (ids.length === 0 && flags.group === undefined) {
    const groups = await letters.groups(choice);
    return context.output.result({ groups }, () => renderLetterGroups(groups, nowMs));
  }
  const found = await letters.list(choice, LISTED);
  context.output.result({ letters: found }, () => renderLetters(found, nowMs));
}

async function show(context: CliContext, session: ReplaySession, id: string): Promise<void> {
  const letter = await getLetter(session, id);
  const value = await session.editor.read(letter, session.signal);
  const shown = 'problem' in value ? { problem: value.problem } : { record: value.record };
  context.output.result({ ...letter, ...shown }, () =>
    renderLetter(letter, showLetterValue(value), context.clock.nowMs()),
  );
}

async function retry(
  context: CliContext,
  session: ReplaySession,
  flags: ChoiceFlags,
  ids: readonly string[],
): Promise<void> {
  const choice = readNamedChoice(flags, ids);
  const plan = await session.letterDesk.planRetry(choice);
  if (!flags.execute) return context.output.result({ plan }, () => renderRetryPlan(plan));
  context.output.progress(renderRetryPlan(plan));
  if (!(await context.confirm('Retry?', flags.yes))) return context.output.result({ plan }, 'Nothing was done.');
  tellRetried(context, await session.letterDesk.retry(choice, context.actor, session.signal));
}

async function discard(
  context: CliContext,
  { letters, letterDesk, signal }: ReplaySession,
  flags: ChoiceFlags,
  ids: readonly string[],
): Promise<void> {
  const choice = readNamedChoice(flags, ids);
  const { letters: open } = await letters.count(choice);
  if (!flags.execute) return context.output.result({ open }, `${grouped(open)} letters would be given up.`);
  if (!(await context.confirm(`Give up ${grouped(open)} letters?`, flags.yes)))
    return context.output.result({ discarded: 0 }, 'Nothing was done.');
  const discarded = await letterDesk.discard(choice, { reason: flags.reason ?? '', actor: context.actor }, signal);
  if (discarded === 0) context.exit(EXIT.failed);
  context.output.result({ discarded }, `${grouped(discarded)} letters were given up.`);
}

async function note(context: CliContext, session: ReplaySession, id: string, text: string): Promise<void> {
  if (!(await session.letters.annotate(id, text))) throw noLetter(id);
  context.output.result({ id, note: text }, `Noted of letter ${id}.`);
}

async function getLetter({ letters }: ReplaySession, id: string): Promise<DeadLetter> {
  const letter = await letters.find(id);
  if (letter) return letter;
  throw noLetter(id);
}

function noLetter(id: string): HubError {
  return new HubError('HUB_NOT_FOUND', `There is no dead letter ${id}.`, { id });
}

/** What changes letters must be told which. */
function readNamedChoice(flags: ChoiceFlags, ids: readonly string[]): DeadLetterChoice {
  const choice = readChoice(flags, ids);
  if (Object.keys(choice).length > 0 || flags.all) return choice;
  throw new HubError('HUB_REQUEST_INVALID', 'Say which letters: ids, --group, --consumer, --class, or --all.');
}

function readChoice({ group, consumer, class: kind }: ChoiceFlags, ids: readonly string[]): DeadLetterChoice {
  const known = KINDS.find((one) => one === kind);
  if (kind !== undefined && !known)
    throw new HubError('HUB_REQUEST_INVALID', `--class must be one of ${KINDS.join(', ')}.`);
  return {
    ...(ids.length > 0 && { ids }),
    ...(group !== undefined && { groupId: group }),
    ...(consumer !== undefined && { consumer }),
    ...(known && { kind: known }),
  };
}
