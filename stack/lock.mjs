// One launcher at a time per stack folder. The lock names its holder by pid and start time; a dead one's is taken over.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isAlive, startTicksOf } from './process.mjs';

const POLL_MS = 200;

/** Runs `work` while holding the lock; waits while another live launcher holds it. */
export async function withLock({ paths, progress }, work) {
  mkdirSync(dirname(paths.lockFile), { recursive: true });
  let hasWaited = false;
  while (!tryLock(paths.lockFile)) {
    const holder = readHolder(paths.lockFile);
    if (holder.pid !== null && !hasWaited)
      progress.line(`Waiting for another launcher (pid ${holder.pid}) on this folder…`);
    hasWaited = true;
    await sleep(POLL_MS);
  }
  const release = () => rmSync(paths.lockFile, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** Takes the lock, or takes it over from a dead holder; false while a live one holds it. */
export function tryLock(lockFile) {
  if (linkOwn(lockFile)) return true;
  const holder = readHolder(lockFile);
  if (holder.pid !== null && isAlive(holder)) return false;
  removeStale(lockFile, holder.text);
  return linkOwn(lockFile);
}

/** Linking a finished file takes the lock and writes it in one step: nobody ever sees an empty lock. */
function linkOwn(lockFile) {
  const own = `${lockFile}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, startTicks: startTicksOf(process.pid) }));
  try {
    linkSync(own, lockFile);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function readHolder(lockFile) {
  try {
    const text = readFileSync(lockFile, 'utf8');
    return { pid: null, text, ...parse(text) };
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return { pid: null, text: null };
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Moves the stale lock aside; had another launcher just taken it over, its lock is put back. */
function removeStale(lockFile, staleText) {
  if (staleText === null) return;
  const aside = `${lockFile}.stale.${process.pid}`;
  try {
    renameSync(lockFile, aside);
    if (readFileSync(aside, 'utf8') !== staleText) linkSync(aside, lockFile);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}
