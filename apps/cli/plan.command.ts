import type { PlanReport } from '#contracts';
import type { HubSystem } from '#hub-file';
import { HubError } from '#kernel';
import type { TopicPlan } from '#messaging-kafka';
import type { Command } from 'commander';
import { describeTopicPlan, findTopicPlan } from './brokers.js';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { answerOf, type Answer } from '#hub-client';
import { grouped, indent, table } from './text.js';

const SAMPLES = 5;

interface SystemPlan {
  readonly system: HubSystem;
  readonly answer: Answer<PlanReport>;
}

/** `plumbline plan`: how each system differs from what the hub would make of it, and what `apply` would do. */
export function addPlanCommand(program: Command, context: CliContext): void {
  program
    .command('plan')
    .description('show what differs between the systems and the hub, and what `apply` would do; changes nothing')
    .option('--system <name>', 'only this system')
    .addHelpText('after', '\nExamples:\n  plumbline plan\n  plumbline plan --system shop --json')
    .action((options: { readonly system?: string }) => plan(context, options.system));
}

async function plan(context: CliContext, only: string | undefined): Promise<void> {
  const systems = context.systems(only);
  context.output.progress(`Comparing ${systems.length} system${systems.length === 1 ? '' : 's'} with the hub …`);
  const [topics, plans] = await Promise.all([
    findTopicPlan(context),
    Promise.all(systems.map(async (system) => ({ system, answer: await planOf(context, system) }))),
  ]);
  if (plans.some(({ answer }) => 'error' in answer)) context.exit(EXIT.unreachable);
  if (plans.some(needsDecision)) context.exit(EXIT.held);
  const data = {
    systems: plans.map(toData),
    topics: topics instanceof HubError ? { unknown: topics.message } : topics,
  };
  context.output.result(data, () => [...plans.map(renderSystem), renderApply(plans, topics)].join('\n\n'));
}

function planOf(context: CliContext, system: HubSystem): Promise<Answer<PlanReport>> {
  return answerOf(context.services.plan(system.id, SAMPLES));
}

function toData({ system, answer }: SystemPlan): object {
  const wished = { wishedMode: system.mode };
  return 'value' in answer
    ? { ...answer.value, ...wished }
    : { system: system.id, ...wished, unreachable: answer.error.message };
}

function needsDecision({ system, answer }: SystemPlan): boolean {
  return 'value' in answer && wantsWrite(system, answer.value) && !answer.value.writeAllowed;
}

function wantsWrite(system: HubSystem, report: PlanReport): boolean {
  return system.mode === 'write' && report.mode !== 'write';
}

function renderSystem({ system, answer }: SystemPlan): string {
  if ('error' in answer) return `${system.id}: ${answer.error.message}`;
  const { value: report } = answer;
  const rows = report.entities.map((e) => [e.entity, e.equal, e.different, e.onlyHere, e.onlyThere, e.lag]);
  const counts = table(['entity', 'equal', 'different', 'only here', 'only there', 'lag'], rows);
  const notes = [
    ...(report.scanned ? [] : ['Not completely scanned yet: the counts are not final.']),
    ...(report.entities.some(({ lag }) => lag > 0)
      ? ['Golden events are still on their way (lag): the counts are not final.']
      : []),
  ];
  return [
    `${system.id} (mode ${report.mode})`,
    indent(counts),
    ...renderFields(report),
    ...notes.map((note) => indent(note)),
  ].join('\n');
}

function renderFields(report: PlanReport): readonly string[] {
  const rows = report.entities.flatMap(({ entity, fields }) =>
    fields.map(({ field, count, samples }) => [`${entity}.${field}`, count, samples.join(', ')]),
  );
  return rows.length === 0 ? [] : ['', indent(table(['differs in', 'records', 'for example'], rows))];
}

function renderApply(plans: readonly SystemPlan[], topics: TopicPlan | HubError): string {
  const lines = [
    ...(topics instanceof HubError ? [`topics: not known (${topics.message})`] : describeTopicPlan(topics)),
    ...plans.flatMap(renderMode),
  ];
  if (lines.length === 0) return '`plumbline apply` has nothing to do.';
  return `\`plumbline apply\` would:\n${lines.map((line) => indent(`- ${line}`)).join('\n')}`;
}

function renderMode({ system, answer }: SystemPlan): readonly string[] {
  if ('error' in answer || answer.value.mode === system.mode) return [];
  const { value: report } = answer;
  if (wantsWrite(system, report) && !report.writeAllowed)
    return [`not set ${system.id} to write: ${report.why ?? 'it differs from the hub'}`];
  const due = report.entities.reduce((sum, e) => sum + e.different + e.onlyThere, 0);
  const effect = system.mode === 'write' ? `, and then write ${grouped(due)} records` : '';
  return [`set ${system.id} from ${report.mode} to ${system.mode}${effect}`];
}
