import type { CheckReport } from '#connector-sdk';
import { checkVaultSecrets, readHubFile, type VaultCheck } from '#config';
import { describeProblem, type HubFileProblem } from '#hub-file';
import type { HubError } from '#kernel';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { answerOf, type Answer } from '#hub-client';
import { indent } from './text.js';

interface SystemCheck {
  readonly system: string;
  readonly answer: Answer<CheckReport>;
}

/** `plumbline check`: the hub file, then every system that is being served. */
export function addCheckCommand(program: Command, context: CliContext): void {
  program
    .command('check')
    .description(
      'check the hub file (all problems at once), look its secrets up in the vault if VAULT_ADDR is set, then reach every system through its connector',
    )
    .addHelpText('after', '\nExamples:\n  plumbline check\n  plumbline --file shop.yaml check --json')
    .action(() => check(context));
}

async function check(context: CliContext): Promise<void> {
  const path = context.hubFilePath;
  const parsed = readHubFile(path, context.environment ? { env: context.environment } : {});
  if ('problems' in parsed) {
    context.exit(EXIT.failed);
    return context.output.result({ file: path, problems: parsed.problems }, () =>
      renderProblems(path, parsed.problems),
    );
  }
  const vault = await checkVaultSecrets(path, context.environment);
  if (vault.problems.length > 0) context.exit(EXIT.failed);
  context.output.progress(`${path} is right; asking the connectors …`);
  const systems = await Promise.all(
    parsed.file.systems.map(async ({ id }) => ({ system: id, answer: await answerOf(context.services.check(id)) })),
  );
  if (systems.some(({ answer }) => 'value' in answer && hasProblem(answer.value))) context.exit(EXIT.failed);
  const data = { file: path, problems: [], systems: systems.map(toData), vault: toVaultData(vault) };
  context.output.result(data, () => [renderSystems(path, systems), ...renderVault(vault)].join('\n'));
}

function hasProblem(report: CheckReport): boolean {
  return !report.reachable || report.problems.length > 0;
}

function toData({ system, answer }: SystemCheck): object {
  return 'value' in answer ? { system, served: true, ...answer.value } : { system, served: false };
}

/** Places and sentences; no secret. */
function toVaultData({ problems, ...counts }: VaultCheck): object {
  const toText = ({ code, message, hint }: HubError): object => ({ code, message, hint });
  return { ...counts, problems: problems.map(({ places, error }) => ({ places, ...toText(error) })) };
}

function renderVault({ secrets, isLookedUp, problems }: VaultCheck): readonly string[] {
  if (secrets === 0) return [];
  if (!isLookedUp) return [`Secrets in the vault: ${secrets}, not looked up, since VAULT_ADDR is not set here.`];
  const lines = problems.map(({ places, error: { code, message, hint } }) =>
    indent(`- ${places.join(', ')}: ${code}: ${message} ${hint}`),
  );
  return [`Secrets in the vault: ${secrets}, ${lines.length === 0 ? 'all there' : 'not all there'}.`, ...lines];
}

function renderProblems(path: string, problems: readonly HubFileProblem[]): string {
  const lines = problems.map((problem) => `${path}:${describeProblem(problem)}`);
  return `${lines.join('\n')}\n${problems.length} problem${problems.length === 1 ? '' : 's'} in ${path}.`;
}

function renderSystems(path: string, systems: readonly SystemCheck[]): string {
  const notServed = systems.filter(({ answer }) => 'error' in answer).map(({ system }) => system);
  const lines = systems.flatMap(({ system, answer }) =>
    'value' in answer ? [renderReport(system, answer.value)] : [],
  );
  const note = `Not running, so not reached: ${notServed.join(', ')} (start them with \`plumbline up\`).`;
  return [`${path}: no problem.`, ...lines, ...(notServed.length > 0 ? [note] : [])].join('\n');
}

function renderReport(system: string, report: CheckReport): string {
  const rights = report.canWrite ? 'may write' : 'may only read';
  const head = report.reachable
    ? `${system}: reached, ${report.version ?? 'version unknown'}, ${rights}`
    : `${system}: not reached`;
  const notes = (report.notes ?? []).map((note) => indent(`note: ${note}`));
  return [head, ...report.problems.map((problem) => indent(`- ${problem}`)), ...notes].join('\n');
}
