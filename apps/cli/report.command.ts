import { writeFileSync } from 'node:fs';
import type { DriftReport, Entity, Hold } from '#contracts';
import { parseDurationMs } from '#hub-file';
import { HubError, type SystemId } from '#kernel';
import { toCsv, toHtml } from '#reconciliation';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { answerOf } from '#hub-client';
import { renderReport } from './report.view.js';

const FORMATS = ['html', 'json', 'csv'] as const;
type Format = (typeof FORMATS)[number];

interface ReportOptions {
  readonly system?: string;
  readonly entity?: string;
  readonly since: string;
  readonly format?: Format;
  readonly out?: string;
}

/** `plumbline report`: how drift stands, to read, to keep or to compute with. */
export function addReportCommand(program: Command, context: CliContext): void {
  program
    .command('report')
    .description('how drift stands: what is open, since when, what it has in common, objectives, rounds, holds')
    .option('--system <name>', 'only this system')
    .option('--entity <name>', 'only this entity')
    .option('--since <duration>', 'how far back', parseSince, '7d')
    .addOption(new Option('--format <format>', 'html, json or csv; a summary without it').choices(FORMATS))
    .option('--out <file>', 'write it there (mode 0600) instead of standard output')
    .addHelpText(
      'after',
      '\nExamples:\n  plumbline report --format html --out drift.html\n  plumbline report --system shop --since 24h --format csv',
    )
    .action((options: ReportOptions) => report(context, options));
}

async function report(context: CliContext, options: ReportOptions): Promise<void> {
  const { system, since } = options;
  const entity = options.entity === undefined ? undefined : context.entity(options.entity);
  if (system !== undefined) context.systems(system);
  const found = await context.services.report({ since, ...(system && { system }), ...(entity && { entity }) });
  const whole = await withLiveHolds(context, found, { system: system as SystemId | undefined, entity });
  judge(context, whole);
  print(context, whole, options);
}

function judge(context: CliContext, { stores, holds }: DriftReport): void {
  if (stores.some(({ objectives }) => objectives.some(({ isMet }) => !isMet))) context.exit(EXIT.failed);
  if (holds.some(({ state }) => state === 'open')) context.exit(EXIT.held);
}

function print(context: CliContext, found: DriftReport, { format, out }: ReportOptions): void {
  if (out !== undefined) return write(context, out, toText(found, format ?? formatOf(out)));
  if (format === undefined) context.output.result(found, () => renderReport(found));
  else context.output.text(toText(found, format));
}

/** Golden holds batches of the live path; without it the report has those of the reconciler only, and says so. */
async function withLiveHolds(
  context: CliContext,
  found: DriftReport,
  only: { readonly system: SystemId | undefined; readonly entity: Entity | undefined },
): Promise<DriftReport> {
  const { services } = context;
  const live = await answerOf(Promise.all([services.holds('golden'), services.allHolds('golden')]));
  if ('error' in live) {
    context.exit(EXIT.unreachable);
    context.output.progress(`${live.error.message} The report has no held batches of the live path.`);
    return found;
  }
  const [open, all] = live.value;
  const decided = all.filter(({ state, openedAt }) => state !== 'open' && openedAt >= found.since);
  const isWanted = (hold: Hold): boolean =>
    (only.system ?? hold.system) === hold.system && (only.entity ?? hold.entity) === hold.entity;
  const holds = [...found.holds, ...[...open, ...decided].filter(isWanted)];
  return { ...found, holds: holds.sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1)) };
}

function toText(found: DriftReport, format: Format): string {
  if (format === 'html') return toHtml(found);
  return format === 'csv' ? toCsv(found) : `${JSON.stringify(found, null, 2)}\n`;
}

/** By the name of the file. @throws HubError HUB_REQUEST_INVALID */
function formatOf(file: string): Format {
  const format = FORMATS.find((one) => file.endsWith(`.${one}`));
  if (format) return format;
  throw new HubError('HUB_REQUEST_INVALID', `"${file}" does not say which format; add --format ${FORMATS.join('|')}.`);
}

/** The values of categories and the keys of held records may be nobody else's business. */
function write(context: CliContext, out: string, text: string): void {
  try {
    writeFileSync(out, text, { mode: 0o600 });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new HubError('HUB_REQUEST_INVALID', `${out} can not be written (${code}).`, { out }, { cause: error });
  }
  context.output.result({ out, bytes: Buffer.byteLength(text) }, `Written to ${out}.`);
}

function parseSince(text: string): string {
  if ((parseDurationMs(text) ?? 0) >= 1_000) return text;
  throw new InvalidArgumentError('Write a duration: 24h, 7d.');
}
