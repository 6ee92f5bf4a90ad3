import { kindOfTopic, type IndexedRecord, type RecordsAnswer } from '#contracts';
import { parseDurationMs } from '#hub-file';
import { HubError, instantOfMs, parseInstant } from '#kernel';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { grouped, table, when } from './text.js';

interface SearchFlags {
  readonly entity?: string;
  readonly since?: string;
  readonly limit: string;
}

/** `plumbline search`: records of all topics by key, event id or trace. */
export function addSearchCommand(program: Command, context: CliContext): void {
  program
    .command('search')
    .description('find every record of a key, an event or a trace in all topics of the hub, the newest first')
    .argument('<what>', 'a business key or a system’s own id, an event id, or a trace id (32 hexadecimal digits)')
    .option('--entity <entity>', 'only records of this entity')
    .option('--since <time>', 'time with offset (2026-11-23T04:05:06Z), or how long ago (15m, 2h)')
    .option('--limit <number>', 'records at most, up to 1000', '100')
    .addHelpText(
      'after',
      "\nExamples:\n  plumbline search A-100\n  plumbline search 'A-100|list|EUR||' --since 2h --json",
    )
    .action((what: string, flags: SearchFlags) => search(context, what, flags));
}

async function search(context: CliContext, what: string, flags: SearchFlags): Promise<void> {
  const entity = flags.entity === undefined ? null : context.entity(flags.entity);
  const shared = {
    limit: flags.limit,
    fresh: 'true',
    ...(flags.since !== undefined && { from: toInstant(context, flags.since) }),
  };
  // A text may be both: a key can look like anything.
  const asked = [{ key: what }, { event: what }, ...(/^[0-9a-f]{32}$/.test(what) ? [{ trace: what }] : [])];
  const answers = await Promise.all(asked.map((query) => context.services.records({ ...query, ...shared })));
  const records = mergeRecords(answers).filter(({ topic }) => entity === null || entityOf(context, topic) === entity);
  const [first] = answers;
  if (!first) return;
  const { endsAt } = first;
  const lag = Math.max(...answers.map((answer) => answer.lag));
  const isCut = answers.some(({ next }) => next !== null);
  const result = { records, lag, endsAt, isCut };
  context.output.result(result, () => renderSearch(result, context.clock.nowMs()));
}

function entityOf(context: CliContext, topic: string): string | null {
  return kindOfTopic(context.hub.hub.topicPrefix, topic)?.entity ?? null;
}

function toInstant(context: CliContext, text: string): string {
  const ago = parseDurationMs(text);
  const instant = ago === null ? parseInstant(text) : instantOfMs(context.clock.nowMs() - ago);
  if (instant !== null) return instant;
  const message = '--since needs a time with offset (2026-11-23T04:05:06Z), or how long ago (15m).';
  throw new HubError('HUB_REQUEST_INVALID', message);
}

/** Each record once, the newest first. */
function mergeRecords(answers: readonly RecordsAnswer[]): IndexedRecord[] {
  const found = new Map(answers.flatMap(({ records }) => records).map((record) => [placeOf(record), record]));
  return [...found.values()].sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1));
}

function placeOf({ topic, partition, offset }: IndexedRecord): string {
  return `${topic}/${partition}/${offset}`;
}

function renderSearch(
  { records, lag, endsAt, isCut }: { records: readonly IndexedRecord[]; lag: number; endsAt: string; isCut: boolean },
  nowMs: number,
): string {
  const rows = records.map((record) => [
    when(record.at, nowMs),
    placeOf(record),
    record.businessKey === null ? record.key : `${record.businessKey} (${record.key})`,
    record.isTombstone ? 'tombstone' : (record.type ?? ''),
    record.eventId ?? '',
    record.isInTopic === false ? 'no longer in the topic' : '',
  ]);
  const found = records.length > 0 ? table(['at', 'place', 'key', 'type', 'event', ''], rows) : 'No record.';
  const complete = `Complete for all that the topics had at ${endsAt.slice(0, 19)}Z.`;
  const reach = lag === 0 ? complete : `Not complete yet: ${grouped(lag)} records are still to be indexed.`;
  return [found, ...(isCut ? ['There are more: --limit, --since.'] : []), reach].join('\n');
}
