import { ENTITIES, type TimelineEntry, type TimelineReport } from '#contracts';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { grouped, indent, showValue } from './text.js';

/** `plumbline timeline`: everything that happened to one record. */
export function addTimelineCommand(program: Command, context: CliContext): void {
  program
    .command('timeline')
    .description('everything that happened to a record: changes, versions, writes, drift, in order of time')
    .argument('<entity>', Object.keys(ENTITIES).join(', '))
    .argument('<key>', 'business key')
    .addHelpText(
      'after',
      "\nExamples:\n  plumbline timeline product A-100\n  plumbline timeline price 'A-100|list|EUR||' --json",
    )
    .action((entity: string, key: string) => timeline(context, entity, key));
}

async function timeline(context: CliContext, entity: string, key: string): Promise<void> {
  const report = await context.services.timeline(context.entity(entity), key);
  if (report.silent.length > 0) context.exit(EXIT.unreachable);
  context.output.result(report, () => renderTimeline(report));
}

/** One line for each thing that happened, and its fields below. */
export function renderTimeline({ entity, key, entries, silent, lag, isCut }: TimelineReport): string {
  const notes = [
    ...(isCut ? ['Older records are left out.'] : []),
    ...(lag > 0 ? [`${grouped(lag)} records are still to be indexed.`] : []),
    ...silent.map(toSilent),
  ];
  return [`${entity} ${key}`, ...entries.map(renderEntry), ...notes].join('\n');
}

function toSilent(system: string): string {
  if (system === 'reconciler') return 'The reconciler did not answer: checks that found nothing are missing.';
  return `The connector of ${system} did not answer: its writes are missing.`;
}

function renderEntry(entry: TimelineEntry): string {
  const { at, system, kind, what, changes, eventId, traceId, latencyMs, answeredAt, round } = entry;
  const facts = [
    ...(answeredAt === null ? [] : [`answered after ${grouped(Date.parse(answeredAt) - Date.parse(at))} ms`]),
    ...(round === null ? [] : [`round ${round}`]),
    ...(eventId === null ? [] : [`event ${eventId}`]),
    ...(traceId === null ? [] : [`trace ${traceId}`]),
    ...(latencyMs === null ? [] : [`${grouped(latencyMs)} ms after its cause`]),
  ];
  const fields = Object.entries(changes).map(([name, { before, after }]) =>
    indent(`${name}: ${showValue(before)} → ${showValue(after)}`),
  );
  return [
    `${at.slice(0, 23)}Z  ${system}  ${kind}: ${what}`,
    ...(facts.length > 0 ? [indent(facts.join(', '))] : []),
    ...fields,
  ].join('\n');
}
