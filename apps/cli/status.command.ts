import type { Hold } from '#contracts';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { answerOf, connectorName, type Answer } from '#hub-client';
import { findParked } from './parked.view.js';
import { renderStatus, type StatusReport } from './status.view.js';

/** `plumbline status`: one page of what is wrong. */
export function addStatusCommand(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('one page: the state of every system, what is wrong, and the command that settles it')
    .addHelpText('after', '\nExamples:\n  plumbline status\n  plumbline status --json')
    .action(() => status(context));
}

async function status(context: CliContext): Promise<void> {
  const report = await collect(context);
  if (report.unreachable.length > 0) context.exit(EXIT.unreachable);
  if (report.holds.length > 0) context.exit(EXIT.held);
  if (report.systems.some((system) => system.state !== 'running' || system.setAside.length > 0))
    context.exit(EXIT.failed);
  if (report.parked.length > 0) context.exit(EXIT.failed);
  if (report.webhooks.some(({ offReason, parked }) => offReason !== null || parked > 0)) context.exit(EXIT.failed);
  if (report.objectives.some(({ objectives }) => objectives.some(({ isMet }) => !isMet))) context.exit(EXIT.failed);
  context.output.result(report, () => renderStatus(report, context.clock.nowMs()));
}

async function collect(context: CliContext): Promise<StatusReport> {
  const { services } = context;
  const [systems, golden, live, rounds, webhooks, objectives, parked] = await Promise.all([
    Promise.all(context.hub.systems.map(({ id }) => answerOf(services.systemStatus(id)))),
    answerOf(services.goldenStatus()),
    answerOf(services.holds('golden')),
    answerOf(services.holds('reconciler')),
    context.hub.webhooks ? answerOf(services.webhooks()) : { value: [] },
    context.hub.objectives ? answerOf(services.storeDrift()) : { value: [] },
    findParked(context, 1),
  ]);
  const names = [...context.hub.systems.map(({ id }) => connectorName(id)), 'golden', 'reconciler', 'notifier'];
  const answers: readonly Answer<unknown>[] = [...systems, golden, rounds, webhooks];
  return {
    systems: systems.flatMap((answer) => ('value' in answer ? [answer.value] : [])),
    golden: 'value' in golden ? golden.value : null,
    webhooks: 'value' in webhooks ? webhooks.value : [],
    objectives: 'value' in objectives ? objectives.value.filter((store) => store.objectives.length > 0) : [],
    parked: parked.filter(({ keys }) => keys.length > 0),
    holds: [...openHolds(live), ...openHolds(rounds)],
    unreachable: answers.flatMap((answer, index) =>
      'error' in answer ? [{ service: names[index] ?? '', message: answer.error.message }] : [],
    ),
  };
}

function openHolds(answer: Answer<readonly Hold[]>): readonly Hold[] {
  return 'value' in answer ? answer.value.filter(({ state }) => state === 'open') : [];
}
