import { HubError, silentLogger, type Logger } from '#kernel';
import {
  assertRunnable,
  isProven,
  SeedRun,
  type SeedCertificate,
  type SeedPlan,
  type SeedProgress,
  type SeedTarget,
} from '#replay';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { everySecond } from './every-second.js';
import { EXIT } from './exit-codes.js';
import { certifyTarget, showCertificate } from './seed-certificate.command.js';
import { checkTarget, keepCertificate, withCertificates, type Certificates } from './seed-certificates.js';
import { FORMS, type SeedTargetFlags } from './seed-options.js';
import { planOf, prepareSeed, previewSeed } from './seed-plan.js';
import { findEndValid, withSeed, type SeedSession } from './seed-session.js';
import { renderProgress, renderSeedCheck, renderSeeded } from './seed.view.js';

interface SeedFlags extends SeedTargetFlags {
  readonly follow?: boolean;
  readonly plan?: boolean;
  readonly yes?: boolean;
  readonly certificate: boolean;
}

interface CheckFlags extends SeedTargetFlags {
  readonly limit?: string;
}

const NAMED_KEYS = 20;

const SEED_HELP = `
A PostgreSQL target gets the table, TABLE_seed with the offsets, and the view TABLE_live of the records that are not deleted; a
topic of your own gets golden events; a feed gets entries, which the gateway serves at /feeds/ENTITY/NAME; a file gets a line an
event, and FILE.seed.json that says how much of it is complete.
A run that was interrupted, however hard, goes on where its last page ended. A record that leaves the filter is deleted there.
With --from sources every system that the survivorship listens to is scanned within the budget of its rounds, and what differs from
the topic is written as the systems have it; the certificate counts it. Whatever the topic says after the scan began is applied over it.
When it is done, target and topic are compared, and a signed certificate is kept in the hub's database (DATABASE_URL).

Examples:
  plumbline seed product --to postgres://shop@localhost/shop --plan
  plumbline seed product --to postgres://shop@localhost/shop --yes --follow
  plumbline seed product --to jsonl:products.jsonl --where brand=Acme --fields name,weight --yes
  plumbline seed product --to topic:team.products --from sources --plan
  plumbline seed product --to feed:acme --where brand=Acme --yes
  plumbline seed price --to topic:team.prices --as-of 2026-11-01T00:00:00Z --yes
  plumbline seed check product --to postgres://shop@localhost/shop
  plumbline seed certificate seed-6f1c… --to postgres://shop@localhost/shop`;

const repeatable = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** `plumbline seed` and its `check`, `certify` and `certificate`. */
export function addSeedCommand(program: Command, context: CliContext): void {
  const seed = withTarget(
    program
      .command('seed')
      .description('bring a new store to the state of a golden topic, and hand over to live events')
      .argument('<entity>', 'product, price, stock-level or customer'),
  )
    .option('--follow', 'go on with live events until interrupted')
    .option('--plan', 'show what would be read and change nothing')
    .option(
      '--accept-differences',
      'also where the topic differs from its sources by more than the limits of the hub file',
    )
    .option('--no-certificate', 'do not compare and certify at the end')
    .option('--yes', 'do not ask')
    .addHelpText('after', SEED_HELP)
    .action((entity: string, flags: SeedFlags) => seedEntity(context, entity, flags));
  withTarget(
    seed
      .command('check')
      .description('compare a seeded store with its topic: counts, digests, and the keys that differ')
      .argument('<entity>'),
  )
    .option('--limit <n>', `keys to name (default ${NAMED_KEYS})`)
    .action((entity: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<CheckFlags>();
      return withSeed(context, entity, flags, (session) => runCheck(context, session, flags.limit));
    });
  withTarget(seed.command('certify').description('certify what a seeded store holds now').argument('<entity>')).action(
    (entity: string, _flags: object, command: Command) => certifyTarget(context, entity, command.optsWithGlobals()),
  );
  seed
    .command('certificate')
    .description('list certificates, or verify one; with --to also against its store as it is now')
    .argument('[id]')
    .option('--to <target>', 'the store that was certified')
    .option('--table <name>', 'its table')
    .action((id: string | undefined, _flags: object, command: Command) =>
      showCertificate(context, id, command.optsWithGlobals()),
    );
}

function withTarget(command: Command): Command {
  return command
    .option('--to <target>', FORMS)
    .option('--table <name>', 'table, or schema.table (default: the entity in schema public)')
    .option('--where <condition>', 'only records with FIELD=VALUE or FIELD~PATTERN (RE2); repeat it', repeatable)
    .option('--fields <names>', 'only these fields, by comma')
    .option('--as-of <time>', 'the state as it was then, from the history topic')
    .option(
      '--from <origin>',
      'topic (default), or sources: scan the systems, then follow the topic from before the scan',
    );
}

async function seedEntity(context: CliContext, entity: string, flags: SeedFlags): Promise<void> {
  if (flags.follow && flags.asOf !== undefined)
    throw new HubError('HUB_REQUEST_INVALID', 'The past does not go on: leave out --follow or --as-of.');
  const isCertified = flags.certificate && !flags.follow && !flags.plan;
  if (!isCertified) return withSeed(context, entity, flags, (session) => runSeed(context, session, flags, null));
  await withCertificates(context, (certificates) =>
    withSeed(context, entity, flags, (session) => runSeed(context, session, flags, certificates)),
  );
}

async function runSeed(
  context: CliContext,
  session: SeedSession,
  flags: SeedFlags,
  certificates: Certificates | null,
): Promise<void> {
  const { output } = context;
  const endValidMs = await findEndValid(session);
  const preview = await previewSeed(session);
  const { plan, shown, text } = preview;
  if (flags.plan) {
    if (plan.refusal !== null) context.exit(EXIT.failed);
    return output.result(shown, text);
  }
  assertRunnable(plan);
  output.progress(text);
  if (!(await context.confirm('Seed?', flags.yes))) return output.result(shown, 'Nothing was done.');
  await prepareSeed(session, preview);
  const progress = await read(context, session, { follow: flags.follow ?? false, endValidMs });
  const isComplete = progress.isLive && progress.unreadable === 0;
  const certificate = certificates && isComplete ? await certifyEnd(context, session, certificates) : null;
  await report(context, session, { plan, progress, certificate });
}

/** Null where nothing may be certified: the reason is shown, and the command fails. */
async function certifyEnd(
  context: CliContext,
  session: SeedSession,
  certificates: Certificates,
): Promise<SeedCertificate | null> {
  const found = await checkTarget(session, NAMED_KEYS);
  if (isProven(found)) return keepCertificate(context, session, found, certificates);
  context.exit(EXIT.failed);
  context.output.progress(renderSeedCheck(found));
  return null;
}

async function read(
  context: CliContext,
  session: SeedSession,
  { follow, endValidMs }: { readonly follow: boolean; readonly endValidMs: number },
): Promise<SeedProgress> {
  const { pages, target, signal } = session;
  const run = new SeedRun({
    ...{ pages, target, follow, endValidMs, clock: context.clock, logger: warningsTo(context) },
    onProgress: showProgress(context, session, follow),
  });
  return run.run(signal);
}

async function report(
  context: CliContext,
  { target, targetName, topic, servedAt }: SeedSession,
  {
    plan,
    progress,
    certificate,
  }: { readonly plan: SeedPlan; readonly progress: SeedProgress; readonly certificate: SeedCertificate | null },
): Promise<void> {
  const liveRows = await countLive(target);
  if (!progress.isLive || progress.unreadable > 0) context.exit(EXIT.failed);
  const data = {
    topic,
    target: targetName,
    isResumed: plan.isResumed,
    records: liveRows,
    certificate,
    servedAt,
    ...progress,
  };
  context.output.result(data, () => renderSeeded(liveRows, progress, { isFollowing: false, certificate, servedAt }));
}

/** A line a second, and one at the hand-over. */
function showProgress(
  context: CliContext,
  { target, servedAt }: SeedSession,
  follow: boolean,
): (progress: SeedProgress) => Promise<void> {
  const tell = everySecond(context.clock, (progress: SeedProgress) =>
    context.output.progress(renderProgress(progress)),
  );
  let isAnnounced = !follow;
  return async (progress) => {
    if (progress.isLive && !isAnnounced) {
      isAnnounced = true;
      context.output.progress(
        renderSeeded(await countLive(target), progress, { isFollowing: true, certificate: null, servedAt }),
      );
    }
    tell(progress);
  };
}

/** Null where only a reader of the whole target knows. */
async function countLive(target: SeedTarget): Promise<number | null> {
  const state = await target.find();
  return state.kind === 'seed' ? state.liveRows : 0;
}

/** Interruptions that the run gets over by itself are still worth a line. */
function warningsTo({ output }: CliContext): Logger {
  return { ...silentLogger, warn: (facts, message) => output.progress(`${message} (${String(facts['reason'])})`) };
}

async function runCheck(context: CliContext, session: SeedSession, limit: string | undefined): Promise<void> {
  const { topic, targetName } = session;
  assertRunnable(await planOf(session, await session.target.find()));
  const check = await checkTarget(session, readLimit(limit));
  if (!isProven(check)) context.exit(EXIT.failed);
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
