import { HubError, silentLogger, type Logger } from '#kernel';
import {
  assertRunnable,
  checkSeed,
  planSeed,
  SeedRun,
  type SeedPlan,
  type SeedProgress,
  type SeedTarget,
} from '#replay';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { findEndValidMs, withSeed, type SeedSession, type SeedTargetFlags } from './seed-session.js';
import { renderProgress, renderSeedCheck, renderSeeded, renderSeedPlan } from './seed.view.js';

interface SeedFlags extends SeedTargetFlags {
  readonly follow?: boolean;
  readonly plan?: boolean;
  readonly yes?: boolean;
}

interface CheckFlags extends SeedTargetFlags {
  readonly limit?: string;
}

const PROGRESS_EVERY_MS = 1000;
const NAMED_KEYS = 20;

const TO = ['--to <url>', 'database to seed: postgres://user:password@host/database'] as const;
const TABLE = ['--table <name>', 'table, or schema.table (default: the entity in schema public)'] as const;
const SEED_HELP = `
The first run creates the table, TABLE_seed with the offsets, and the view TABLE_live of the records that are not deleted.
A run that was interrupted, however hard, goes on exactly where its last committed page ended.

Examples:
  plumbline seed product --to postgres://shop@localhost/shop --plan
  plumbline seed product --to postgres://shop@localhost/shop --yes --follow
  plumbline seed check product --to postgres://shop@localhost/shop`;

/** `plumbline seed` and `plumbline seed check`. */
export function addSeedCommand(program: Command, context: CliContext): void {
  const seed = program
    .command('seed')
    .description('bring a new PostgreSQL store to the current state of a golden topic, and hand over to live events')
    .argument('<entity>', 'product, price, stock-level or customer')
    .option(...TO)
    .option(...TABLE)
    .option('--follow', 'go on with live events until interrupted')
    .option('--plan', 'show what would be read and change nothing')
    .option('--yes', 'do not ask')
    .addHelpText('after', SEED_HELP)
    .action((entity: string, flags: SeedFlags) =>
      withSeed(context, entity, flags, (session) => runSeed(context, session, flags)),
    );
  seed
    .command('check')
    .description('compare a seeded table with its topic: counts, digests, and the keys that differ')
    .argument('<entity>')
    .option(...TO)
    .option(...TABLE)
    .option('--limit <n>', `keys to name (default ${NAMED_KEYS})`)
    .action((entity: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<CheckFlags>();
      return withSeed(context, entity, flags, (session) => runCheck(context, session, flags.limit));
    });
}

async function runSeed(context: CliContext, session: SeedSession, flags: SeedFlags): Promise<void> {
  const { topic, pages, target, targetName } = session;
  const { output } = context;
  const plan = planSeed(topic, await pages.offsets(), await target.find());
  if (flags.plan) {
    if (plan.refusal !== null) context.exit(EXIT.failed);
    return output.result({ plan, target: targetName }, () => renderSeedPlan(plan, targetName));
  }
  assertRunnable(plan);
  output.progress(renderSeedPlan(plan, targetName));
  if (!(await context.confirm('Seed?', flags.yes)))
    return output.result({ plan, target: targetName }, 'Nothing was done.');
  await target.prepare(topic, new Map(plan.partitions.map(({ partition, fromOffset }) => [partition, fromOffset])));
  await report(context, session, { plan, progress: await read(context, session, flags.follow ?? false) });
}

async function read(context: CliContext, session: SeedSession, follow: boolean): Promise<SeedProgress> {
  const { pages, target, signal } = session;
  const run = new SeedRun({
    ...{ pages, target, follow, clock: context.clock, logger: warningsTo(context) },
    endValidMs: await findEndValidMs(context, session.topic),
    onProgress: showProgress(context, session, follow),
  });
  return run.run(signal);
}

async function report(
  context: CliContext,
  { target, targetName, topic }: SeedSession,
  { plan, progress }: { readonly plan: SeedPlan; readonly progress: SeedProgress },
): Promise<void> {
  const liveRows = await countLive(target);
  if (!progress.isLive || progress.unreadable > 0) context.exit(EXIT.failed);
  const data = { topic, target: targetName, isResumed: plan.isResumed, records: liveRows, ...progress };
  context.output.result(data, () => renderSeeded(liveRows, progress, false));
}

/** A line a second, and one at the hand-over. */
function showProgress(
  context: CliContext,
  { target }: SeedSession,
  follow: boolean,
): (progress: SeedProgress) => Promise<void> {
  let nextAtMs = 0;
  let isAnnounced = !follow;
  return async (progress) => {
    if (progress.isLive && !isAnnounced) {
      isAnnounced = true;
      context.output.progress(renderSeeded(await countLive(target), progress, true));
    }
    const nowMs = context.clock.nowMs();
    if (nowMs < nextAtMs) return;
    nextAtMs = nowMs + PROGRESS_EVERY_MS;
    context.output.progress(renderProgress(progress));
  };
}

async function countLive(target: SeedTarget): Promise<number> {
  const state = await target.find();
  return state.kind === 'seed' ? state.liveRows : 0;
}

/** Interruptions that the run gets over by itself are still worth a line. */
function warningsTo({ output }: CliContext): Logger {
  return { ...silentLogger, warn: (facts, message) => output.progress(`${message} (${String(facts['reason'])})`) };
}

async function runCheck(context: CliContext, session: SeedSession, limit: string | undefined): Promise<void> {
  const { entity, topic, pages, target, targetName, signal } = session;
  assertRunnable(planSeed(topic, await pages.offsets(), await target.find()));
  const check = await checkSeed({ entity, pages, target, signal, limit: readLimit(limit) });
  if (!check.isEqual || check.unreadable.length > 0) context.exit(EXIT.failed);
  const { source, target: side } = check;
  const positions = Object.fromEntries(check.positions);
  const digests = { digest_source: source.digest, digest_target: side.digest };
  const data = { ...check, topic, positions, ...digests, target: side, table: targetName };
  context.output.result(data, () => renderSeedCheck(check));
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return NAMED_KEYS;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new HubError('HUB_REQUEST_INVALID', '--limit must be a whole number from 1 to 999999.');
}
