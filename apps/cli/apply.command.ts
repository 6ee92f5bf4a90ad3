import { topicsOf, type HubSystem } from '#hub-file';
import { HubError } from '#kernel';
import type { Command } from 'commander';
import { describeTopicPlan, registerSchemas, withTopics } from './brokers.js';
import type { CliContext } from './context.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { answerOf } from '#hub-client';
import { indent } from './text.js';

interface ApplyOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** What happens to the mode of one system. */
type ModeStep =
  | { readonly system: string; readonly kind: 'unchanged' }
  | { readonly system: string; readonly kind: 'change'; readonly from: string; readonly to: string }
  | { readonly system: string; readonly kind: 'refused'; readonly why: string }
  | { readonly system: string; readonly kind: 'unreachable'; readonly wished: string };

/** `plumbline apply`: makes the hub file so. */
export function addApplyCommand(program: Command, context: CliContext): void {
  program
    .command('apply')
    .description('create missing topics, register schemas and set the modes of the hub file')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only show what would be done')
    .addHelpText(
      'after',
      '\nA system whose records differ from the hub is not set to write; `plumbline plan` shows what differs.\n' +
        '\nExamples:\n  plumbline apply --dry-run\n  plumbline apply --yes',
    )
    .action((options: ApplyOptions) => apply(context, options));
}

async function apply(context: CliContext, options: ApplyOptions): Promise<void> {
  const topics = await withTopics(context, (admin) => admin.plan(topicsOf(context.hub)));
  const modes = await Promise.all(context.hub.systems.map((system) => chooseMode(context, system)));
  const lines = [
    ...describeTopicPlan(topics),
    'register the schemas, where they are new',
    ...modes.flatMap(renderMode),
  ];
  for (const step of modes) context.exit(exitCodeOf(step));
  const data = { topics, modes, dryRun: options.dryRun ?? false };
  if (options.dryRun) return context.output.result(data, `Would:\n${bullets(lines)}`);
  if (!options.yes) context.output.progress(bullets(lines));
  if (!(await context.confirm('Do this?', options.yes)))
    return context.output.result({ ...data, applied: false }, 'Nothing was changed.');
  await perform(context, modes);
  context.output.result({ ...data, applied: true }, `Done:\n${bullets(lines)}`);
}

/** Decides by the connector's own plan; the connector decides again when it is told. */
async function chooseMode(context: CliContext, wished: HubSystem): Promise<ModeStep> {
  const system = wished.id;
  const status = await answerOf(context.services.systemStatus(system));
  if ('error' in status) return { system, kind: 'unreachable', wished: wished.mode };
  const { mode } = status.value;
  if (mode === wished.mode) return { system, kind: 'unchanged' };
  if (wished.mode === 'write') {
    const { writeAllowed, why } = await context.services.plan(system, 0);
    if (!writeAllowed) return { system, kind: 'refused', why: why ?? 'it differs from the hub' };
  }
  return { system, kind: 'change', from: mode, to: wished.mode };
}

async function perform(context: CliContext, modes: readonly ModeStep[]): Promise<void> {
  context.output.progress('Creating topics …');
  await withTopics(context, (admin) => admin.ensure(topicsOf(context.hub)));
  context.output.progress('Registering schemas …');
  await registerSchemas(context);
  for (const wished of context.hub.systems)
    if (modes.some((step) => step.kind === 'change' && step.system === wished.id)) {
      context.output.progress(`Setting ${wished.id} to ${wished.mode} …`);
      await context.services.setMode(wished.id, wished.mode, context.actor);
    }
}

/** A process that does not run yet starts in observe: only a wish to write is left open. */
function exitCodeOf(step: ModeStep): ExitCode {
  if (step.kind === 'refused') return EXIT.held;
  return step.kind === 'unreachable' && step.wished === 'write' ? EXIT.unreachable : EXIT.ok;
}

function renderMode(step: ModeStep): readonly string[] {
  switch (step.kind) {
    case 'unchanged':
      return [];
    case 'change':
      return [`set ${step.system} from ${step.from} to ${step.to}`];
    case 'refused': {
      const { code, hint } = new HubError('HUB_MODE_NEEDS_ADOPT', step.why);
      return [`not set ${step.system} to write: ${step.why} (${code}). ${hint}`];
    }
    case 'unreachable':
      return [`not set ${step.system} to ${step.wished}: its connector is not running; apply again when it is`];
  }
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => indent(`- ${line}`)).join('\n');
}
