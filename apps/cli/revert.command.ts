import { ENTITIES, topicNames, type Entity, type RevertReport, type RevertSelection } from '#contracts';
import { HUB_SYSTEM, HubError, type BusinessKey, type SystemId } from '#kernel';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { toInstant } from './instant-flag.js';
import { countRecords, describeRevert, renderBatches, renderRevert } from './revert.view.js';
import { grouped } from './text.js';

const POLL_MS = 200;
const BATCHES = 20;

interface ApplyOptions {
  readonly digest?: string;
  readonly reason?: string;
  readonly yes?: boolean;
}

interface RevertOptions extends ApplyOptions {
  readonly key?: string;
  readonly source?: string;
  readonly batch?: string;
  readonly since?: string;
  readonly until?: string;
  readonly topic?: string;
  readonly partition?: string;
  readonly offsets?: string;
}

/** `plumbline revert` and `plumbline undo`. */
export function addRevertCommands(program: Command, context: CliContext): void {
  withApply(program.command('revert'))
    .description('take changes back as new versions; shows what would go back, and what not, unless --yes is given')
    .argument('<entity>', Object.keys(ENTITIES).join(', '))
    .option('--key <key>', 'one record; alone, its last change')
    .option('--source <system>', 'changes that came from this system')
    .option(
      '--batch <id>',
      'changes of one file, bounded read, round or revert; without any option the last ones are listed',
    )
    .option('--since <time>', 'changes from then on: a time with offset, or how long ago (15m)')
    .option('--until <time>', 'changes up to then')
    .option('--topic <topic>', 'changes that lie on this change topic, by --partition and --offsets')
    .option('--partition <number>', 'partition of --topic')
    .option('--offsets <from-to>', 'both included, for example 100-250')
    .addHelpText(
      'after',
      "\nExamples:\n  plumbline revert price\n  plumbline revert price --batch 7f3a\n  plumbline revert price --source erp --since 2h --yes --reason 'bad file'",
    )
    .action((entity: string, options: RevertOptions) => revert(context, entity, options));
  withApply(program.command('undo'))
    .description('undo a reconcile round: the values that it found come back where nothing changed them since')
    .argument('<round>', 'id of the round, as `plumbline drift` shows it')
    .addHelpText('after', '\nExamples:\n  plumbline undo 3f2a\n  plumbline undo 3f2a --yes')
    .action((round: string, options: ApplyOptions) => undo(context, round, options));
}

function withApply(command: Command): Command {
  return command
    .option('--digest <digest>', 'only exactly this; refused when a record moved since')
    .option('--reason <text>', 'why, for the audit and for explain')
    .option('--yes', 'do it');
}

async function revert(context: CliContext, name: string, options: RevertOptions): Promise<void> {
  const entity = context.entity(name);
  const selection = toSelection(context, entity, options);
  if (selection) return run(context, selection, options);
  const batches = await context.services.batches(entity, BATCHES);
  context.output.result({ batches }, () => renderBatches(batches, context.clock.nowMs()));
}

async function undo(context: CliContext, id: string, options: ApplyOptions): Promise<void> {
  const round = await context.services.round(id);
  if (round.endedAt === null)
    throw new HubError('HUB_REQUEST_INVALID', `The round ${id} is still ${round.state}: undo it when it has ended.`);
  await run(context, { entity: round.entity, round: id }, options, round.changed + round.missing);
}

/** @param repairs how many records the round says it repaired; golden forgets them when it is rebuilt */
async function run(
  context: CliContext,
  selection: RevertSelection,
  options: ApplyOptions,
  repairs?: number,
): Promise<void> {
  const { services, output, actor } = context;
  const dryRun = await follow(context, await services.createRevert(selection, actor), 'planning');
  const skipped = await services.revertItems(dryRun.id, { skipped: true });
  const unknown = Math.max(0, (repairs ?? 0) - countRecords(dryRun));
  if (unknown > 0) output.progress(`Of ${grouped(unknown)} repairs golden no longer knows what was found: they stay.`);
  if (!options.yes || dryRun.records.planned === 0)
    return output.result({ revert: dryRun, skipped, unknown, applied: false }, () => renderRevert(dryRun, skipped, []));
  const digest = options.digest ?? dryRun.digest ?? '';
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  const done = await follow(context, await services.applyRevert(dryRun.id, { digest, actor, ...reason }), 'applying');
  const moved = await services.revertItems(done.id, { outcome: 'moved' });
  if (moved.length > 0) context.exit(EXIT.held);
  output.result({ revert: done, skipped, moved, unknown, applied: true }, () => renderRevert(done, skipped, moved));
}

/** Waits while it is in this state, and shows how far it is. */
async function follow(context: CliContext, begun: RevertReport, state: RevertReport['state']): Promise<RevertReport> {
  let report = begun;
  let shown = '';
  while (report.state === state) {
    const line = describeRevert(report);
    if (line !== shown) context.output.progress(line);
    shown = line;
    await context.clock.sleep(POLL_MS);
    report = await context.services.revert(report.id);
  }
  return report;
}

/** Null when nothing says which changes. @throws HubError HUB_REQUEST_INVALID */
function toSelection(context: CliContext, entity: Entity, options: RevertOptions): RevertSelection | null {
  const { key, source, batch, since, until, topic } = options;
  if (source !== undefined && source !== HUB_SYSTEM) context.systems(source);
  const parts = {
    ...(key !== undefined && { key: key as BusinessKey }),
    ...(source !== undefined && { system: source as SystemId }),
    ...(batch !== undefined && { batch }),
    ...(since !== undefined && { since: toInstant(context, since) }),
    ...(until !== undefined && { until: toInstant(context, until) }),
    ...(topic !== undefined && toRange(context, entity, options)),
  };
  return Object.keys(parts).length > 0 ? { entity, ...parts } : null;
}

function toRange(
  { hub }: CliContext,
  entity: Entity,
  { topic, partition = '0', offsets = '' }: RevertOptions,
): Pick<RevertSelection, 'system' | 'range'> {
  const names = topicNames(hub.hub.topicPrefix);
  const systems = [...hub.systems.map(({ id }) => id), HUB_SYSTEM];
  const system = systems.find((id) => names.change(id, entity) === topic);
  const [, from, to] = /^(\d+)-(\d+)$/.exec(offsets) ?? [];
  if (system === undefined)
    throw new HubError('HUB_REQUEST_INVALID', `"${topic}" is no change topic of ${entity}: see \`plumbline topics\`.`);
  if (from === undefined || to === undefined || !/^\d+$/.test(partition))
    throw new HubError('HUB_REQUEST_INVALID', 'A range needs --partition 0 and --offsets 100-250.');
  return { system, range: { partition: Number(partition), from, to } };
}
