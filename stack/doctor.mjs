// `doctor`: checks this machine; changes nothing.
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { findFreePort, isFree } from './ports.mjs';
import { findProcess } from './process.mjs';
import { columns } from './progress.mjs';
import { findRequirements } from './requirements.mjs';
import { nativeServers } from './servers/index.mjs';
import { chooseAccount } from './servers/postgres-account.mjs';
import { findPostgresBinaries } from './servers/postgres-binaries.mjs';
import { installCommand } from './system-packages.mjs';

/** Prints ok or missing, and what to do, per requirement. Exit code 1 where something is missing. */
export async function doctor(context) {
  const checks = [
    { name: 'node 20.19 or newer', ok: true, detail: process.version },
    checkSystem(),
    ...findRequirements(context).map(checkProgram),
    ...checkPostgresAccount(context),
    checkDisk(context),
    checkMemory(context),
    await checkPorts(context),
  ];
  const rows = checks.map(({ name, ok, detail, next }) => [
    ok ? 'ok' : 'missing',
    name,
    ok || !next ? detail : `${detail}; ${next}`,
  ]);
  for (const line of columns(rows)) context.progress.line(line);
  return checks.every(({ ok }) => ok) ? 0 : 1;
}

function checkSystem() {
  const ok = process.platform === 'linux';
  return {
    name: 'linux',
    ok,
    detail: process.platform,
    next: 'pid files need /proc: give the addresses of servers started otherwise',
  };
}

function checkProgram(requirement) {
  const { name, why, found, instead } = requirement;
  if (found !== null) return { name, ok: true, detail: found };
  if (instead) return { name, ok: true, detail: `not here; instead: ${instead}, or ${installCommand([requirement])}` };
  return { name, ok: false, detail: why, next: installCommand([requirement]) };
}

/** Whether PostgreSQL can run in the stack's folder; a question only once its programs are here. */
function checkPostgresAccount(context) {
  const binaries = findPostgresBinaries(context);
  const isNative = nativeServers(context).some(({ name }) => name === 'postgres');
  if (!binaries || !isNative) return [];
  const name = 'postgres can use the folder';
  const probe = mkdtempSync(join(existingFolder(context.paths.root), '.plumbline-doctor-'));
  try {
    return [{ name, ok: true, detail: chooseAccount(probe, binaries).how }];
  } catch (error) {
    return [{ name, ok: false, detail: error.message, next: error.next }];
  } finally {
    rmSync(probe, { recursive: true });
  }
}

function checkDisk(context) {
  const needed = sumOf(context, 'diskMiB') + 500; // room for data
  const { bavail, bsize } = statfsSync(existingFolder(context.paths.root));
  const free = Math.round((bavail * bsize) / 2 ** 20);
  return {
    name: 'disk',
    ok: free >= needed,
    detail: `${free} MiB free, ${needed} needed`,
    next: 'free some, or set PLUMBLINE_STACK_DIR',
  };
}

function checkMemory(context) {
  const stopped = nativeServers(context).filter(({ name }) => !findProcess(context.paths, name));
  const needed = stopped.reduce((sum, { cost }) => sum + cost.memoryMiB, 0);
  const free = Math.round(
    Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) / 1024,
  );
  return {
    name: 'memory',
    ok: free >= needed,
    detail: `${free} MiB available, ${needed} needed`,
    next: 'end other programs',
  };
}

async function checkPorts({ state, paths, ...context }) {
  const stopped = nativeServers(context).filter(({ name }) => !findProcess(paths, name));
  const remembered = stopped
    .flatMap(({ ports }) => ports)
    .map((name) => state.ports[name])
    .filter(Boolean);
  const taken = [];
  for (const port of remembered) if (!(await isFree(port))) taken.push(port);
  await findFreePort();
  const detail =
    taken.length > 0 ? `${taken.join(', ')} taken by others; up will choose anew` : 'free ports on loopback';
  return { name: 'ports', ok: true, detail };
}

function sumOf(context, key) {
  return nativeServers(context).reduce((sum, { cost }) => sum + cost[key], 0);
}

function existingFolder(path) {
  return existsSync(path) ? path : existingFolder(dirname(path));
}
