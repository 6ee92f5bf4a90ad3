// After a kill -9: waits for PostgreSQL's orphaned children, then removes postmaster.pid. PostgreSQL itself only asks
// whether the pid in that file is in use, and refuses to start when it was recycled by another process of the same user.
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

/** Every process of PostgreSQL has its data folder as its working directory. */
function processesIn(folder) {
  const wanted = realpathSync(folder);
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => workingFolder(pid) === wanted);
}

function workingFolder(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null; // it ended, or belongs to somebody else
  }
}

function stillThere(pids) {
  return new StackError(`processes of an earlier run still work on its data: ${pids.join(', ')}.`, {
    server: 'postgres',
    next: `see what they are (ps -fp ${pids.join(',')}), end them, then run \`npm run stack -- up\` again`,
  });
}
