import type { Entity, RoundReport, ScanReport } from '#contracts';
import { answerOf } from '#hub-client';
import { InvalidArgumentError, type Command } from 'commander';
import type { CliContext } from './context.js';
import {
  describeProgress,
  exitCodeOfRound,
  isSettled,
  renderDrift,
  renderRounds,
  type RoundDrift,
} from './rounds.view.js';
import { describeScan, renderScans } from './scans.view.js';

const POLL_MS = 500;

interface DriftOptions {
  readonly system?: string;
  readonly limit: number;
}

interface ReconcileOptions {
  readonly wait?: boolean;
  readonly dryRun?: boolean;
}

/** `plumbline drift` and `plumbline reconcile`. */
export function addReconcileCommands(program: Command, context: CliContext): void {
  program
    .command('drift')
    .description('show the last reconcile rounds and the drift that they found')
    .option('--system <name>', 'only this system')
    .option('--limit <count>', 'number of rounds', parseCount, 20)
    .addHelpText('after', '\nExamples:\n  plumbline drift\n  plumbline drift --system shop --json')
    .action((options: DriftOptions) => drift(context, options));
  program
    .command('reconcile')
    .description('start a reconcile round: compare a system with the hub now, and repair what differs')
    .argument('<system>', 'system of the hub file')
    .argument('[entity]', 'one entity; all that the system maps without it')
    .option('--wait', 'wait for the result and show progress')
    .option('--dry-run', 'start nothing: show what the round would cost in pages, calls and minutes')
    .addHelpText(
      'after',
      '\nExamples:\n  plumbline reconcile shop --dry-run\n  plumbline reconcile shop --wait\n  plumbline reconcile shop price',
    )
    .action((system: string, entity: string | undefined, { wait = false, dryRun = false }: ReconcileOptions) =>
      dryRun ? showCost(context, system, entity) : reconcile(context, { system, entity, wait }),
    );
}

async function drift(context: CliContext, options: DriftOptions): Promise<void> {
  if (options.system !== undefined) context.systems(options.system);
  const all = await context.services.rounds(options.limit);
  const rounds = all.filter(({ system }) => options.system === undefined || system === options.system);
  const newest = newestPerStore(rounds);
  const found = await Promise.all(newest.filter(hasDrift).map((round) => withItems(context, round)));
  for (const round of newest) context.exit(exitCodeOfRound(round));
  context.output.result({ rounds, drift: found }, () =>
    [renderRounds(rounds, context.clock.nowMs()), ...found.map(renderDrift)].join('\n\n'),
  );
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 500)
    throw new InvalidArgumentError('Write a number from 1 to 500.');
  return count;
}

async function withItems(context: CliContext, round: RoundReport): Promise<RoundDrift> {
  const { services } = context;
  const [items, attribution] = await Promise.all([services.drift(round.id), services.attribution(round.id)]);
  return { round, items, attribution };
}

/** The newest round of every (system, entity): what an older one found is history. */
function newestPerStore(rounds: readonly RoundReport[]): readonly RoundReport[] {
  const newest = new Map<string, RoundReport>();
  for (const round of rounds) {
    const store = `${round.system} ${round.entity}`;
    const known = newest.get(store);
    if (!known || round.startedAt > known.startedAt) newest.set(store, round);
  }
  return [...newest.values()];
}

function hasDrift(round: RoundReport): boolean {
  return round.changed + round.missing + round.foreign + round.undecided > 0;
}

interface ReconcileRequest {
  readonly system: string;
  readonly entity: string | undefined;
  readonly wait: boolean;
}

async function showCost(context: CliContext, name: string, only: string | undefined): Promise<void> {
  const entity = only === undefined ? undefined : context.entity(only);
  const [system] = context.systems(name);
  if (!system) return;
  const all = await context.services.scans(system.id);
  const scans = all.filter((scan) => entity === undefined || scan.entity === entity);
  context.output.result({ scans }, () => renderScans(scans));
}

async function reconcile(context: CliContext, request: ReconcileRequest): Promise<void> {
  const entity: Entity | undefined = request.entity === undefined ? undefined : context.entity(request.entity);
  const [system] = context.systems(request.system);
  if (!system) return;
  const started = await context.services.startRounds(system.id, entity);
  const rounds = request.wait ? await waitForAll(context, started) : started;
  for (const round of request.wait ? rounds : []) context.exit(exitCodeOfRound(round));
  context.output.result({ rounds }, () => renderRounds(rounds, context.clock.nowMs()));
}

async function waitForAll(context: CliContext, started: readonly RoundReport[]): Promise<readonly RoundReport[]> {
  let rounds = started;
  const shown = new Map<string, string>();
  for (;;) {
    for (const round of rounds) showOnce(context, shown, { round, scan: await scanOf(context, round) });
    if (rounds.every(isSettled)) return rounds;
    await context.clock.sleep(POLL_MS);
    rounds = await Promise.all(
      rounds.map(async (round) => (isSettled(round) ? round : context.services.round(round.id))),
    );
  }
}

/** Of a round that scans pages; a connector that does not answer now is no reason to stop waiting. */
async function scanOf(context: CliContext, { system, entity, state }: RoundReport): Promise<ScanReport | undefined> {
  if (state !== 'scanning') return undefined;
  const answer = await answerOf(context.services.scans(system));
  return 'value' in answer ? answer.value.find((scan) => scan.entity === entity) : undefined;
}

function showOnce(
  context: CliContext,
  shown: Map<string, string>,
  { round, scan }: { readonly round: RoundReport; readonly scan: ScanReport | undefined },
): void {
  const progress = scan?.progress?.roundId === round.id ? scan.progress : null;
  const line = [describeProgress(round), ...(progress && scan ? [describeScan(scan.pages, progress)] : [])].join('; ');
  if (shown.get(round.id) !== line) context.output.progress(line);
  shown.set(round.id, line);
}
