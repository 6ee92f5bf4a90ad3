import { createInterface } from 'node:readline/promises';
import { systemClock } from '#kernel';
import { runCli } from './program.js';

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: undefined,
  clock: systemClock,
  ask: process.stdin.isTTY ? ask : null,
});
