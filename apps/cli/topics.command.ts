import { topicsOf, type HubTopic } from '#hub-file';
import type { KafkaTopics } from '#messaging-kafka';
import type { Command } from 'commander';
import { withTopics } from './brokers.js';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { table } from './text.js';

interface TopicRow extends HubTopic {
  /** Offsets in use; on a compacted topic an upper bound of the messages. Null: the topic is missing. */
  readonly messages: number | null;
}

/** `plumbline topics`: every topic of the hub. */
export function addTopicsCommand(program: Command, context: CliContext): void {
  program
    .command('topics')
    .description('list the topics of the hub with kind, partitions and messages (an upper bound where compacted)')
    .addHelpText('after', '\nExamples:\n  plumbline topics\n  plumbline topics --json')
    .action(() => topics(context));
}

async function topics(context: CliContext): Promise<void> {
  const rows = await withTopics(context, (admin) => readRows(admin, topicsOf(context.hub)));
  if (rows.some(({ messages }) => messages === null)) context.exit(EXIT.failed);
  context.output.result({ topics: rows }, () => renderTopics(rows));
}

async function readRows(admin: KafkaTopics, wanted: readonly HubTopic[]): Promise<readonly TopicRow[]> {
  const { missing } = await admin.plan(wanted);
  const absent = new Set(missing.map(({ name }) => name));
  return Promise.all(
    wanted.map(async (topic) => ({
      ...topic,
      messages: absent.has(topic.name) ? null : await count(admin, topic.name),
    })),
  );
}

async function count(admin: KafkaTopics, topic: string): Promise<number> {
  const ranges = [...(await admin.offsets(topic)).values()];
  return Number(ranges.reduce((sum, { low, high }) => sum + high - low, 0n));
}

function renderTopics(rows: readonly TopicRow[]): string {
  const cells = rows.map(({ name, kind, partitions, messages }) => [name, kind, partitions, messages ?? 'missing']);
  const isMissing = rows.some(({ messages }) => messages === null);
  const listed = table(['topic', 'kind', 'partitions', 'messages'], cells);
  return isMissing ? `${listed}\nMissing topics are created by \`plumbline apply\`.` : listed;
}
