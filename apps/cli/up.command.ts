import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_FLAGS, nodeEnvironment } from '#config';
import { HubError } from '#kernel';
import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';

/** `plumbline up`: runs the all-in-one app, which is a program of its own, in this terminal. */
export function addUpCommand(program: Command, context: CliContext): void {
  program
    .command('up')
    .description('run golden, the reconciler and every connector of the hub file in one process, until Ctrl-C')
    .addHelpText('after', '\nExamples:\n  plumbline up\n  plumbline --file shop.yaml up')
    .action(() => up(context));
}

async function up(context: CliContext): Promise<void> {
  const entry = join(import.meta.dirname, '../all-in-one/main.js');
  if (!existsSync(entry))
    throw new HubError('HUB_CONFIG_INVALID', 'The program of `up` is not built: run `npm run build`.');
  const child = spawn(process.execPath, [...NODE_FLAGS['all-in-one'], entry, '--file', context.hubFilePath], {
    stdio: 'inherit',
    env: nodeEnvironment(),
  });
  // Ctrl-C reaches the child by the terminal; a signal sent to this process alone must be passed on.
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGTERM', pass).on('SIGINT', () => undefined);
  const code = await new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  if (code !== 0) context.exit(code === EXIT.unreachable ? EXIT.unreachable : EXIT.failed);
}
