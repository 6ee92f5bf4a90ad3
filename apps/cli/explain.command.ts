import { ENTITIES, type AsOfReport, type Entity, type ExplainReport, type FieldOverride } from '#contracts';
import { parseDurationMs, suggest } from '#hub-file';
import { HubError, instantOfMs, parseInstant } from '#kernel';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { indent, showValue, when } from './text.js';

/** `plumbline explain` and `plumbline as-of`. */
export function addExplainCommands(program: Command, context: CliContext): void {
  program
    .command('explain')
    .description(
      'why a record holds its values: who won each field, by which rule, since when, and what the others say',
    )
    .argument('<entity>', Object.keys(ENTITIES).join(', '))
    .argument('<key>', 'business key')
    .argument('[field]', 'only this field')
    .addHelpText(
      'after',
      "\nExamples:\n  plumbline explain product A-100\n  plumbline explain price 'A-100|list|EUR||' amount",
    )
    .action((entity: string, key: string, field: string | undefined) => explain(context, { entity, key, field }));
  program
    .command('as-of')
    .description('what a record was at an instant')
    .argument('<entity>', Object.keys(ENTITIES).join(', '))
    .argument('<key>', 'business key')
    .requiredOption('--at <time>', 'time with offset (2026-11-23T04:05:06Z), or how long ago (15m, 2h)')
    .addHelpText(
      'after',
      "\nExamples:\n  plumbline as-of price 'A-100|list|EUR||' --at 15m\n  plumbline as-of product A-100 --at 2026-11-23T04:05:06Z",
    )
    .action((entity: string, key: string, options: { readonly at: string }) =>
      asOf(context, { entity, key, at: options.at }),
    );
}

interface ExplainRequest {
  readonly entity: string;
  readonly key: string;
  readonly field: string | undefined;
}

async function explain(context: CliContext, request: ExplainRequest): Promise<void> {
  const entity = context.entity(request.entity);
  if (request.field !== undefined) checkField(entity, request.field);
  const report = await context.services.explain(entity, request.key);
  const fields = Object.fromEntries(
    Object.entries(report.fields).filter(([name]) => request.field === undefined || name === request.field),
  );
  context.output.result({ ...report, fields }, () => renderExplain({ ...report, fields }, context.clock.nowMs()));
}

function checkField(entity: Entity, field: string): void {
  const known = Object.keys(ENTITIES[entity].fields);
  if (!known.includes(field))
    throw new HubError('HUB_REQUEST_INVALID', `${entity} has no field "${field}". ${suggest(field, known)}`);
}

/** Why a record holds its values, in sentences. */
export function renderExplain(report: ExplainReport, nowMs: number): string {
  const notes = [
    ...(report.foreign ? ['Foreign: no system that may create it has it, so it is carried nowhere.'] : []),
    ...report.holds.map((id) => `Something of it is held: \`plumbline approve ${id}\` or \`plumbline reject ${id}\`.`),
  ];
  const fields = Object.entries(report.fields).map(([name, field]) => renderField(name, field, nowMs));
  return [renderHead(report, nowMs), ...notes, ...(fields.length > 0 ? fields : ['No value is known.'])].join('\n');
}

function renderHead(report: ExplainReport, nowMs: number): string {
  const { entity, key, version, status, policyVersion, changedAt } = report;
  return `${entity} ${key}: ${status}, version ${version}, policy ${policyVersion}, since ${when(changedAt, nowMs)}`;
}

function renderField(name: string, field: ExplainReport['fields'][string], nowMs: number): string {
  const said = field.values.map((value) => {
    const since = value.at === null ? 'since before the hub knew it' : `since ${when(value.at, nowMs)}`;
    const verdict = value.won ? `wins by ${field.rule}` : 'loses';
    const unread = value.unread ? ', not in its latest record' : '';
    const why = value.override ? `\n${indent(describeOverride(value.override, value.won, nowMs))}` : '';
    return `${value.system} (${value.externalId}) says ${showValue(value.value)} ${since}${unread}: ${verdict}${why}`;
  });
  const lines = said.length > 0 ? said : ['No system says anything.'];
  return [`${name} is ${showValue(field.value)}`, ...lines.map((line) => indent(line))].join('\n');
}

/** Who set a value of the hub, why, and what it stands above. */
function describeOverride({ by, reason, overrules }: FieldOverride, won: boolean, nowMs: number): string {
  const who = by === '' ? 'set by somebody (the event that told it is gone)' : `set by ${by}: ${reason}`;
  const words = overrules.map(({ system, value, at }) => {
    return `${system} ${showValue(value)}${at === null ? '' : ` since ${when(at, nowMs)}`}`;
  });
  const over = words.length > 0 ? `overrules ${words.join(', ')}` : 'nobody else said anything';
  return `${who}; ${over}${won ? '' : '; counts no more: its source has changed the field since'}`;
}

async function asOf(
  context: CliContext,
  request: { readonly entity: string; readonly key: string; readonly at: string },
): Promise<void> {
  const nowMs = context.clock.nowMs();
  const ago = parseDurationMs(request.at);
  const at = ago === null ? parseInstant(request.at) : instantOfMs(nowMs - ago);
  if (at === null)
    throw new HubError(
      'HUB_REQUEST_INVALID',
      '--at needs a time with offset (2026-11-23T04:05:06Z), or how long ago (15m).',
    );
  const report = await context.services.asOf(context.entity(request.entity), request.key, at);
  context.output.result({ ...report, at }, () => renderAsOf(report, at, nowMs));
}

/** What a record was at an instant. */
export function renderAsOf(report: AsOfReport, at: string, nowMs: number): string {
  const head = `${report.entity} ${report.key} at ${when(at, nowMs)}: ${report.status}, version ${report.version}, in force since ${when(report.changedAt, nowMs)}`;
  const lines = Object.entries(report.fields).map(([name, value]) => indent(`${name}: ${showValue(value)}`));
  return [head, ...lines].join('\n');
}
