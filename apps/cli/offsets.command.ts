import { kafkaSecurityOf } from '#config';
import { schemaName } from '#hub-file';
import { HubError } from '#kernel';
import type { KafkaGroups, KafkaTopics } from '#messaging-kafka';
import { assertOwnGroup, planReset, type PartitionReset, type ResetTarget } from '#replay';
import type { PostgresOffsetResets } from '#store-postgres';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { readTime } from './replay-options.js';
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

interface OffsetSession {
  readonly topics: KafkaTopics;
  readonly groups: KafkaGroups;
  readonly resets: PostgresOffsetResets;
}

/** A group and a topic that it reads. */
interface Place {
  readonly group: string;
  readonly topic: string;
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
      withOffsets(context, (session) => reset(context, session, { group, topic }, flags)),
    );
  offsets
    .command('undo')
    .argument('<group>')
    .argument('<topic>')
    .option('--execute', 'do it')
    .option('--yes', 'do not ask')
    .action((group: string, topic: string, flags: ResetFlags) =>
      withOffsets(context, (session) => undo(context, session, { group, topic }, flags)),
    );
}

async function reset(context: CliContext, session: OffsetSession, place: Place, flags: ResetFlags): Promise<void> {
  const target = readTarget(flags);
  const { committed, ranges } = await look(context, session, place);
  const atTime = target.kind === 'time' ? await session.topics.offsetsAt(place.topic, target.timeMs) : null;
  const partitions = planReset(target, { ranges, committed, atTime });
  if (!(await isWanted(context, partitions, flags))) return;
  await assertEmpty(session.groups, place.group);
  await session.resets.remember({ ...place, actor: context.actor }, committed);
  await session.groups.commit(place.group, place.topic, toOffsets(partitions));
  context.output.result({ partitions }, 'Done; `plumbline offsets undo` brings the former offsets back.');
}

async function undo(context: CliContext, session: OffsetSession, place: Place, flags: ResetFlags): Promise<void> {
  const { committed, ranges } = await look(context, session, place);
  const latest = await session.resets.findLatest(place.group, place.topic);
  if (!latest)
    throw new HubError('HUB_NOT_FOUND', `No reset of ${place.group} on ${place.topic} can be undone.`, { ...place });
  const partitions = [...latest.previous].flatMap(([partition, offset]) => {
    const range = ranges.get(partition);
    const here = new Map(range ? [[partition, range]] : []);
    return planReset({ kind: 'offset', offset }, { ranges: here, committed, atTime: null });
  });
  if (!(await isWanted(context, partitions, flags))) return;
  await assertEmpty(session.groups, place.group);
  if (partitions.length > 0) await session.groups.commit(place.group, place.topic, toOffsets(partitions));
  await session.resets.markUndone(latest.id);
  context.output.result(
    { partitions },
    'Done. Partitions of which nothing had been committed stay where the reset put them.',
  );
}

/** @throws HubError HUB_NOT_FOUND, HUB_TOPIC_MISSING, HUB_REPLAY_REFUSED for the hub's groups */
async function look(
  context: CliContext,
  { topics, groups }: OffsetSession,
  { group, topic }: Place,
): Promise<{
  readonly committed: ReadonlyMap<number, bigint>;
  readonly ranges: Awaited<ReturnType<KafkaTopics['offsets']>>;
}> {
  const { hub, systems } = context.hub;
  const own = ['golden', 'notifier', ...systems.map(({ id }) => `connector-${id}`)];
  assertOwnGroup(group, new Set(own.map((name) => `${hub.topicPrefix}${name}`)));
  const ranges = await topics.offsets(topic);
  if (!(await groups.find(group)))
    throw new HubError('HUB_NOT_FOUND', `There is no consumer group ${group}.`, { group });
  return { ranges, committed: await groups.committed(group, topic) };
}

/** @throws HubError HUB_GROUP_ACTIVE */
async function assertEmpty(groups: KafkaGroups, group: string): Promise<void> {
  const found = await groups.find(group);
  if (!found || found.state === 'Empty') return;
  const members = found.members.map(({ clientId, host }) => `${clientId}${host}`);
  const message = `The group ${group} has members (${found.state}): ${members.join(', ')}.`;
  throw new HubError('HUB_GROUP_ACTIVE', message, { group, state: found.state, members });
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

function toOffsets(partitions: readonly PartitionReset[]): Map<number, bigint> {
  return new Map(partitions.map(({ partition, to }) => [partition, to]));
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

/** Opens Kafka and the hub's database (schema `<prefix>replay`); loads their clients only now. @throws HubError */
async function withOffsets(context: CliContext, work: (session: OffsetSession) => Promise<void>): Promise<void> {
  const { KafkaGroups, KafkaTopics } = await import('#messaging-kafka');
  const { CreateDeadLetterTables, CreateOffsetResets, CreateReplayTables, Database, PostgresOffsetResets } =
    await import('#store-postgres');
  const { config, hub } = context;
  const connection = {
    brokers: context.server('KAFKA_BROKERS'),
    ...kafkaSecurityOf(config),
    clientId: 'plumbline-offsets',
  };
  const options = { schema: schemaName(hub, 'replay'), applicationName: 'plumbline offsets', poolSize: 2 };
  const database = await Database.connect({ url: context.server('DATABASE_URL'), ...options }, [
    CreateReplayTables,
    CreateDeadLetterTables,
    CreateOffsetResets,
  ]);
  const topics = new KafkaTopics(connection);
  try {
    await database.migrate();
    const groups = await KafkaGroups.open(connection);
    try {
      await work({ topics, groups, resets: new PostgresOffsetResets(database) });
    } finally {
      await groups.close();
    }
  } finally {
    await Promise.all([topics.close(), database.close()]);
  }
}
