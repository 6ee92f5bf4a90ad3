// After a kill -9: waits for PostgreSQL's orphaned children, then removes postmaster.pid. PostgreSQL itself only asks
// whether the pid in that file is in use, and refuses to start when another process of the same user has it now.
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { StackError } from '../errors.mjs';

const POLL_MS = 100;
const TIMEOUT_MS = 30_000;

/** Makes sure that no process works on the cluster and that no stale postmaster.pid is left. */
export async function clearLeftovers(cluster) {
  const lockFile = join(cluster, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const deadline = performance.now() + TIMEOUT_MS;
  let processes = processesIn(cluster);
  // A postmaster whose pid file we lost (it works in its data folder, so it is this cluster's): end it cleanly.
  const postmaster = Number.parseInt(readFileSync(lockFile, 'utf8'), 10);
  if (processes.includes(postmaster)) process.kill(postmaster, 'SIGINT');
  while (processes.length > 0) {
    if (performance.now() > deadline) throw stillThere(processes);
    await sleep(POLL_MS);
    processes = processesIn(cluster);
  }
  rmSync(lockFile, { force: true });
}

/** PostgreSQL's processes of this cluster: every one of them has the data folder as its working directory. */
function processesIn(folder) {
  const wanted = realpathSync(folder);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => isPostgresIn(pid, wanted)).map(Number);
}

function isPostgresIn(pid, folder) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'postgres\n';
  } catch {
    return false; // it ended, or belongs to somebody else
  }
}

function stillThere(pids) {
  return new StackError(`processes of an earlier run still work on its data: ${pids.join(', ')}.`, {
    server: 'postgres',
    next: `see what they are (ps -fp ${pids.join(',')}), end them, then run \`npm run stack -- up\` again`,
  });
}
