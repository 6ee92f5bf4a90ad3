// A question with yes or no.
import { createInterface } from 'node:readline/promises';

import { UsageError } from './errors.mjs';

/** Asks on the terminal. Without a terminal there is nobody to ask. */
export async function confirm(question) {
  if (!process.stdin.isTTY) throw new UsageError(`${question} Nobody to ask here: add --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
