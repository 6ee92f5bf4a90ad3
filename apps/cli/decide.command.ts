import type { Hold } from '#contracts';
import { HubError } from '#kernel';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { answerOf } from '#hub-client';
import { renderHold } from './status.view.js';

type Decision = 'approve' | 'reject';

interface DecideOptions {
  readonly digest?: string;
  readonly yes?: boolean;
}

const WHAT: Readonly<Record<Decision, string>> = {
  approve: 'let something that is held go on',
  reject: 'throw away something that is held; the system that caused it is corrected from the hub',
};

/** `plumbline approve` and `plumbline reject`. */
export function addDecideCommands(program: Command, context: CliContext): void {
  for (const decision of ['approve', 'reject'] as const)
    program
      .command(decision)
      .description(`${WHAT[decision]}; shows it and asks first`)
      .argument('<id>', 'id of the hold, as `plumbline status` shows it')
      .option('--digest <digest>', 'decide only on exactly this; refused when a row moved since')
      .option('--yes', 'do not ask')
      .addHelpText('after', `\nExamples:\n  plumbline ${decision} 7f3a\n  plumbline ${decision} 7f3a --yes --json`)
      .action((id: string, options: DecideOptions) => decide(context, { decision, id }, options));
}

async function decide(
  context: CliContext,
  request: { readonly decision: Decision; readonly id: string },
  options: DecideOptions,
): Promise<void> {
  const { decision, id } = request;
  const hold = await getHold(context, id);
  context.output.progress(renderHold(hold, context.clock.nowMs()));
  if (!(await context.confirm(`${decision === 'approve' ? 'Approve' : 'Reject'} this?`, options.yes)))
    return context.output.result({ hold, decided: null }, 'Nothing was decided.');
  await context.services.decide(hold, decision, { digest: options.digest ?? hold.digest, actor: context.actor });
  const done = decision === 'approve' ? 'approved: it goes on now' : 'rejected';
  context.output.result({ hold, decided: decision }, `${id} is ${done}. See \`plumbline status\`.`);
}

/** An open hold of either service. @throws HubError HUB_NOT_FOUND, HUB_SERVICE_UNREACHABLE when a service that may have it is down */
async function getHold(context: CliContext, id: string): Promise<Hold> {
  const answers = await Promise.all([
    answerOf(context.services.holds('golden')),
    answerOf(context.services.holds('reconciler')),
  ]);
  const holds = answers.flatMap((answer) => ('value' in answer ? answer.value : []));
  const hold = holds.find((candidate) => candidate.id === id && candidate.state === 'open');
  if (hold) return hold;
  for (const answer of answers) if ('error' in answer) throw answer.error;
  throw new HubError('HUB_NOT_FOUND', `There is no open hold ${id}; \`plumbline status\` lists them.`, { id });
}
