// `logs`: the end of one server's log, or of all.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

import { StackError, UsageError } from './errors.mjs';
import { logFileOf } from './process.mjs';
import { SERVERS } from './servers/index.mjs';
import { systemNames } from './systems/index.mjs';

/** Shows the last lines; with `follow` goes on until interrupted. */
export async function logs({ paths }, { server, follow, lines }) {
  const names = [...SERVERS.map(({ name }) => name), ...systemNames()];
  if (server && !names.includes(server))
    throw new UsageError(`There is no server "${server}", only ${names.join(', ')}.`);
  if (!/^\d+$/.test(lines)) throw new UsageError('-n wants a number of lines.');
  const files = (server ? [server] : names).map((name) => logFileOf(paths, name)).filter((file) => existsSync(file));
  if (files.length === 0) throw new StackError('There is no log yet.', { next: 'npm run stack -- up' });
  // -F follows a log into the next run, when its file is replaced.
  return endOf(spawn('tail', ['-n', lines, ...(follow ? ['-F'] : []), ...files], { stdio: 'inherit' }));
}

function endOf(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 0));
  });
}
