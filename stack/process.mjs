// Detached server processes and their pid files. A process is known by its id and its start time, so that a recycled id
// is never signalled; nothing is ever found or ended by name.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { readJson, writeFileAtomically } from './state.mjs';

const POLL_MS = 50;

/** State, parent and start time out of /proc/PID/stat. The name in brackets may itself hold spaces and brackets. */
export function parseProcStat(text) {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0], parentPid: Number(fields[1]), startTicks: Number(fields[19]) };
}

/** Start time of a process in clock ticks since boot; null when it is gone. A zombie is gone. */
export function startTicksOf(pid) {
  try {
    const { state, startTicks } = parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return state === 'Z' || state === 'X' ? null : startTicks;
  } catch {
    return null;
  }
}

/** True while exactly this process runs. */
export function isAlive(record) {
  // A server that ended at once was remembered without a start time.
  if (record === null || record.startTicks === null) return false;
  return startTicksOf(record.pid) === record.startTicks;
}

export function logFileOf(paths, name) {
  return join(paths.logs, `${name}.log`);
}

/** What is remembered of a server's process: pid, startTicks, startedAt, fingerprint; null when it does not run. */
export function findProcess(paths, name) {
  const record = readJson(pidFileOf(paths, name));
  return isAlive(record) ? record : null;
}

/** Starts a server that outlives this process. The log of the run before is kept as `.1`. */
export function startDetached(paths, name, { command, args, env, cwd, uid, gid }, fingerprint) {
  const logFile = logFileOf(paths, name);
  try {
    renameSync(logFile, `${logFile}.1`);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(command, args, { cwd, env, uid, gid, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(remember(paths, name, child.pid, fingerprint)));
  });
}

/** Writes the pid file. */
export function remember(paths, name, pid, fingerprint) {
  const record = { pid, startTicks: startTicksOf(pid), startedAt: new Date().toISOString(), fingerprint };
  writeFileAtomically(pidFileOf(paths, name), `${JSON.stringify(record)}\n`);
  return record;
}

/** Asks a server to stop, waits, and kills it when it does not. */
export async function stopProcess(paths, name, { signal = 'SIGTERM', timeoutMs = 20_000 } = {}) {
  const record = findProcess(paths, name);
  if (record === null) return 'not running';
  const outcome = (await endProcess(record, signal, timeoutMs)) ? 'stopped' : 'killed';
  rmSync(pidFileOf(paths, name), { force: true });
  return outcome;
}

/** The memory of a process and its descendants in MiB. Pages they share are counted once (PSS). */
export function memoryMiB(pid) {
  const kib = [pid, ...descendantsOf(pid)].reduce((sum, each) => sum + proportionalKiB(each), 0);
  return Math.round(kib / 1024);
}

async function endProcess(record, signal, timeoutMs) {
  process.kill(record.pid, signal);
  if (await isGoneWithin(record, timeoutMs)) return true;
  if (isAlive(record)) process.kill(record.pid, 'SIGKILL');
  await isGoneWithin(record, timeoutMs);
  return false;
}

async function isGoneWithin(record, timeoutMs) {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(record)) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function pidFileOf(paths, name) {
  return join(paths.run, `${name}.pid`);
}

function descendantsOf(pid) {
  const children = new Map();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const { parentPid } = parseProcStat(readFileSync(`/proc/${entry}/stat`, 'utf8'));
      children.set(parentPid, [...(children.get(parentPid) ?? []), Number(entry)]);
    } catch {
      // It ended while we were looking.
    }
  }
  const below = (parent) => (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

function proportionalKiB(pid) {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
