// One build at a time: two `npm run` started together must not both write dist.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Runs `work` while holding the lock file; waits for another holder, and takes over from one that died. */
export async function withBuildLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  while (!tryLock(file)) await sleep(100);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function tryLock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  // Two waiters may both see the dead holder and both go on; then the same build runs twice, which does no harm.
  if (!isHolderAlive(file)) rmSync(file, { force: true });
  return false;
}

function isHolderAlive(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // An empty file: the holder is just about to write its number.
    return pid === 0 || process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
