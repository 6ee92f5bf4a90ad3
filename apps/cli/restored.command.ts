import type { RestoredEntity, RestoredReport } from '#contracts';
import { Option, type Command } from 'commander';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { table, when } from './text.js';

type Keep = 'hub' | 'system';

interface RestoredOptions {
  readonly keep?: Keep;
  readonly yes?: boolean;
}

const WHAT: Readonly<Record<Keep, string>> = {
  hub: 'write into the system what the hub knows: what it lost comes back, what it lost the removal of goes again',
  system: 'take what the system shows now as changed today: what it lost is changed back everywhere',
};

/** `plumbline restored`: settles a system that came back from a backup. */
export function addRestoredCommand(program: Command, context: CliContext): void {
  program
    .command('restored')
    .description('show how a system that came back from a backup differs, and choose whose state counts')
    .argument('<system>', 'system of the hub file')
    .addOption(
      new Option('--keep <whose>', 'whose state counts; only shows what differs without it').choices(['hub', 'system']),
    )
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `\n--keep hub     ${WHAT.hub}\n--keep system  ${WHAT.system}\n` +
        '\nExamples:\n  plumbline restored erp\n  plumbline restored erp --keep hub',
    )
    .action((system: string, options: RestoredOptions) => settle(context, system, options));
}

async function settle(context: CliContext, name: string, { keep, yes }: RestoredOptions): Promise<void> {
  const [system] = context.systems(name);
  if (!system) return;
  context.output.progress(`Comparing ${name} with the hub …`);
  const report = await context.services.restored(system.id);
  const nowMs = context.clock.nowMs();
  if (report.phase === 'held') context.exit(EXIT.held);
  if (!keep || report.phase !== 'held') return context.output.result(report, render(report, nowMs));
  context.output.progress(render(report, nowMs));
  const isSure = await context.confirm(`Keep the state of the ${keep}: ${WHAT[keep]}. Do this?`, yes);
  if (!isSure) return context.output.result({ ...report, chosen: null }, 'Nothing was chosen.');
  await context.services.keep(system.id, keep, context.actor);
  context.exit(EXIT.ok);
  context.output.result({ ...report, chosen: keep }, `Being done; \`plumbline restored ${name}\` shows how far it is.`);
}

function render(report: RestoredReport, nowMs: number): string {
  const { system, phase, reason, since, keep, entities } = report;
  if (phase === 'trusted') return `${system} is trusted: nothing is held.`;
  const head = `${system} went back in time, noticed ${since ? when(since, nowMs) : 'just now'}: ${reason}`;
  if (phase === 'rebasing') return `${head}\nBeing settled (${keep}): its records are being read again.`;
  if (phase === 'pushing') return `${head}\nKeeping the state of the hub: what the system lost is being written.`;
  const rows = entities.map(({ entity, scanned, changed, missing, foreign }) => [
    entity,
    scanned,
    changed,
    missing,
    foreign,
  ]);
  return [
    head,
    table(['entity', 'records', 'differ', 'lost', 'unknown to the hub'], rows),
    ...entities.flatMap(renderSamples),
    `plumbline restored ${system} --keep hub      ${WHAT.hub}`,
    `plumbline restored ${system} --keep system   ${WHAT.system}`,
  ].join('\n');
}

function renderSamples({ entity, samples }: RestoredEntity): string[] {
  const { changed, missing, foreign } = samples;
  const lines = [
    ['differ', changed],
    ['lost', missing],
    ['unknown', foreign],
  ] as const;
  return lines.flatMap(([what, keys]) =>
    keys.length > 0 ? [`${entity}, ${what}, for example: ${keys.join(', ')}`] : [],
  );
}
