import { HubError } from '#kernel';
import type { ReplayPlan, ReplayPreview, ReplayProgress } from '#replay';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { everySecond } from './every-second.js';
import { EXIT } from './exit-codes.js';
import { readRequest, type ReplayFlags } from './replay-options.js';
import { withReplays, type ReplaySession } from './replay-session.js';
import {
  renderReplay,
  renderReplayOutcome,
  renderReplayPlan,
  renderReplayProgress,
  renderReplays,
} from './replay.view.js';
import { grouped } from './text.js';

const LISTED = 50;

const HELP = `
Nothing is written without --execute. A replay never writes into a topic of the hub. It keeps keys, values and order, and adds
headers: x-plumbline-replay-id and x-plumbline-origin-topic, -partition, -offset, -timestamp. Killed, it goes on with \`resume\`.

Examples:
  plumbline replay golden.product.v1 --lane shop-search --from 2026-11-23T04:00:00Z
  plumbline replay golden.price.v1 --lane pricing --key P-4711 --key P-4712 --execute
  plumbline replay golden.product.v1 --to copy.products --where 'brand=Böhm' --where 'header:ce_type~changed' --execute
  plumbline replay order.lifecycle.v1 --lane mailer --offsets 0:100-200 --rate 500 --ramp-up 60 --execute
  plumbline replay pause replay-1a2b3c4d`;

const repeatable = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** `plumbline replay` and its `list`, `show`, `pause`, `resume` and `abort`. */
export function addReplayCommand(program: Command, context: CliContext): void {
  const replay = program
    .command('replay')
    .description(
      "hand a topic's messages once more to one consumer group, or to a topic of your own (a dry run by default)",
    )
    .argument('<topic>')
    .option('--lane <group>', 'into the private lane of this consumer group')
    .option('--to <topic>', 'into a topic of your own')
    .option('--append', 'also into a topic that has messages')
    .option('--offsets <window>', 'PARTITION:FROM-UNTIL, without UNTIL; repeat it', repeatable)
    .option('--from <time>', 'messages of this time or later')
    .option('--until <time>', 'messages before this time')
    .option('--key <key>', 'messages of this key; repeat it', repeatable)
    .option('--keys <file>', 'messages of these keys, one a line')
    .option(
      '--where <condition>',
      'FIELD=VALUE, FIELD~PATTERN (RE2), or the same with header:NAME; repeat it',
      repeatable,
    )
    .option('--rate <n>', 'messages a second, at most')
    .option('--ramp-up <seconds>', 'how long the rate grows from a twentieth (default 30)')
    .option('--execute', 'do it')
    .option('--yes', 'do not ask')
    .addHelpText('after', HELP)
    .action((topic: string, flags: ReplayFlags) =>
      withReplays(context, (session) => startReplay(context, session, { topic, flags })),
    );
  const byId = (name: string, description: string, act: typeof resume): void => {
    replay
      .command(name)
      .description(description)
      .argument('<id>')
      .action((id: string) => withReplays(context, (session) => act(context, session, id)));
  };
  replay
    .command('list')
    .description('the latest replays')
    .action(() => withReplays(context, (session) => list(context, session)));
  byId('show', 'how far a replay is', show);
  byId('pause', 'let a running replay stop after what it is sending, from any process', order('paused'));
  byId('resume', 'go on with a replay that is paused, failed or was killed, in this process', resume);
  byId('abort', 'end a replay for good; what was sent stays', order('aborted'));
}

async function startReplay(
  context: CliContext,
  session: ReplaySession,
  { topic, flags }: { readonly topic: string; readonly flags: ReplayFlags },
): Promise<void> {
  const plan = await session.replays.plan(readRequest(topic, flags));
  const mustLook = !flags.execute || plan.selection.keys !== undefined;
  const preview = mustLook ? await look(context, session, plan) : null;
  if (!flags.execute) {
    if (preview?.selected === 0) context.exit(EXIT.failed);
    return context.output.result({ plan, preview }, () => renderReplayPlan(plan, preview));
  }
  if (preview?.selected === 0)
    throw new HubError('HUB_NOT_FOUND', 'No message in this range has one of these keys.', { topic });
  context.output.progress(renderReplayPlan(plan, preview));
  if (!(await context.confirm('Replay?', flags.yes))) return context.output.result({ plan }, 'Nothing was done.');
  await resume(context, session, await session.replays.order(plan, context.actor));
}

function look(
  { clock, output }: CliContext,
  { replays, signal }: ReplaySession,
  plan: ReplayPlan,
): Promise<ReplayPreview> {
  const tell = everySecond(clock, (messages: number) => output.progress(`${grouped(messages)} messages looked at`));
  return replays.preview(plan, signal, tell);
}

async function resume(context: CliContext, { replays, signal, failpoint }: ReplaySession, id: string): Promise<void> {
  const onProgress = everySecond(context.clock, (progress: ReplayProgress) =>
    context.output.progress(renderReplayProgress(progress)),
  );
  const outcome = await replays.run(id, signal, { onProgress, failpoint });
  if (outcome.state !== 'done' || outcome.progress.unreadable > 0) context.exit(EXIT.failed);
  context.output.result({ id, ...outcome }, () => renderReplayOutcome(id, outcome));
}

const order =
  (wanted: 'paused' | 'aborted') =>
  async (context: CliContext, { replays }: ReplaySession, id: string): Promise<void> => {
    const job = await replays.halt(id, wanted);
    context.output.result(job, () => renderReplay(job, context.clock.nowMs()));
  };

async function show(context: CliContext, { replays }: ReplaySession, id: string): Promise<void> {
  const job = await replays.getJob(id);
  context.output.result(job, () => renderReplay(job, context.clock.nowMs()));
}

async function list(context: CliContext, { store }: ReplaySession): Promise<void> {
  const replays = await store.list(LISTED);
  context.output.result({ replays }, () => renderReplays(replays, context.clock.nowMs()));
}
