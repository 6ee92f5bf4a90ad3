import { HubError } from '#kernel';
import type { PartitionReset, ResetTarget } from '#replay';
import type { GroupOfTopic } from '#replay-desk';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { readTime } from './replay-options.js';
import { withReplays, type ReplaySession } from './replay-session.js';
import { table } from './text.js';

interface ResetFlags {
  readonly toEarliest?: boolean;
  readonly toLatest?: boolean;
  readonly toTime?: string;
  readonly toOffset?: string;
  readonly shift?: string;
  readonly execute?: boolean;
  readonly yes?: boolean;
}

const HELP = `
Shows what would be read again or skipped; --execute does it, only while the group has no members. The offsets before are kept,
and \`offsets undo\` brings them back. To hand messages to a running group use \`plumbline replay TOPIC --lane GROUP\`.

Examples:
  plumbline offsets reset shop-search golden.product.v1 --to-time 2026-11-23T04:00:00Z
  plumbline offsets reset shop-search golden.product.v1 --shift -100 --execute
  plumbline offsets undo shop-search golden.product.v1 --execute`;

/** `plumbline offsets reset` and `plumbline offsets undo`. */
export function addOffsetsCommand(program: Command, context: CliContext): void {
  const offsets = program
    .command('offsets')
    .description('where a consumer group goes on reading (a preview by default)')
    .addHelpText('after', HELP);
  offsets
    .command('reset')
    .argument('<group>')
    .argument('<topic>')
    .option('--to-earliest', 'to the first message')
    .option('--to-latest', 'behind the last message')
    .option('--to-time <time>', 'to the first message of this time or later')
    .option('--to-offset <n>', 'to this offset')
    .option('--shift <n>', 'so many forward, or back when negative')
    .option('--execute', 'do it')
    .option('--yes', 'do not ask')
    .action((group: string, topic: string, flags: ResetFlags) =>
      withReplays(context, (session) => reset(context, session, { group, topic }, flags)),
    );
  offsets
    .command('undo')
    .argument('<group>')
    .argument('<topic>')
    .option('--execute', 'do it')
    .option('--yes', 'do not ask')
    .action((group: string, topic: string, flags: ResetFlags) =>
      withReplays(context, (session) => undo(context, session, { group, topic }, flags)),
    );
}

async function reset(
  context: CliContext,
  session: ReplaySession,
  place: GroupOfTopic,
  flags: ResetFlags,
): Promise<void> {
  const target = readTarget(flags);
  if (!(await isWanted(context, await session.offsets.plan(place, target), flags))) return;
  const partitions = await session.offsets.reset(place, target, context.actor);
  context.output.result({ partitions }, 'Done; `plumbline offsets undo` brings the former offsets back.');
}

async function undo(
  context: CliContext,
  session: ReplaySession,
  place: GroupOfTopic,
  flags: ResetFlags,
): Promise<void> {
  if (!(await isWanted(context, await session.offsets.planUndo(place), flags))) return;
  const partitions = await session.offsets.undo(place);
  context.output.result(
    { partitions },
    'Done. Partitions of which nothing had been committed stay where the reset put them.',
  );
}

/** Shows the preview; true when it is to be done. */
async function isWanted(
  context: CliContext,
  partitions: readonly PartitionReset[],
  flags: ResetFlags,
): Promise<boolean> {
  if (!flags.execute) {
    context.output.result({ partitions }, () => renderReset(partitions));
    return false;
  }
  context.output.progress(renderReset(partitions));
  if (await context.confirm('Set these offsets?', flags.yes)) return true;
  context.output.result({ partitions }, 'Nothing was done.');
  context.exit(EXIT.ok);
  return false;
}

function renderReset(partitions: readonly PartitionReset[]): string {
  const rows = partitions.map(({ partition, from, to, again, skipped, remark }) => [
    ...[partition, from === null ? 'none' : String(from), Number(to), Number(again), Number(skipped), remark ?? ''],
  ]);
  return table(['partition', 'from', 'to', 'read again', 'skipped', ''], rows);
}

/** @throws HubError HUB_REQUEST_INVALID */
function readTarget({ toEarliest, toLatest, toTime, toOffset, shift }: ResetFlags): ResetTarget {
  const targets: ResetTarget[] = [
    ...(toEarliest ? [{ kind: 'earliest' as const }] : []),
    ...(toLatest ? [{ kind: 'latest' as const }] : []),
    ...(toTime === undefined ? [] : [{ kind: 'time' as const, timeMs: readTime('--to-time', toTime) }]),
    ...(toOffset === undefined
      ? []
      : [{ kind: 'offset' as const, offset: readOffset('--to-offset', toOffset, /^\d{1,18}$/) }]),
    ...(shift === undefined ? [] : [{ kind: 'shift' as const, by: readOffset('--shift', shift, /^[+-]?\d{1,18}$/) }]),
  ];
  const [target, ...others] = targets;
  if (target && others.length === 0) return target;
  throw new HubError('HUB_REQUEST_INVALID', 'Name one of --to-earliest, --to-latest, --to-time, --to-offset, --shift.');
}

function readOffset(flag: string, text: string, form: RegExp): bigint {
  if (form.test(text)) return BigInt(text.replace('+', ''));
  throw new HubError('HUB_REQUEST_INVALID', `${flag} ${text}: write a whole number.`);
}
