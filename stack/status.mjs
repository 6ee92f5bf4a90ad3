// `status`: what runs where.
import { hostAndPort, withoutPassword } from './given.mjs';
import { findProcess, memoryMiB } from './process.mjs';
import { acceptsConnections } from './probe.mjs';
import { columns } from './progress.mjs';
import { SERVERS } from './servers/index.mjs';
import { runningSystems } from './systems/index.mjs';

const EXIT_STOPPED = 3;

/** Prints the state of each server. Exit code 3 when one is neither given nor running. */
export async function status(context, { json }) {
  const shown = [...SERVERS, ...(await runningSystems(context))];
  const facts = await Promise.all(shown.map((server) => describe(context, server)));
  if (json) process.stdout.write(`${JSON.stringify({ folder: context.paths.root, servers: facts })}\n`);
  else for (const line of columns([HEADER, ...facts.map(toRow)])) context.progress.line(line);
  return facts.every(({ state }) => state === 'running' || state === 'given') ? 0 : EXIT_STOPPED;
}

const HEADER = ['SERVER', 'STATE', 'PID', 'MEMORY', 'UPTIME', 'ADDRESS'];

async function describe(context, server) {
  const given = context.given[server.variable];
  const record = findProcess(context.paths, server.name);
  const base = { name: server.name, variable: server.variable };
  if (given) {
    const answers = await acceptsConnections(hostAndPort(given)).catch(() => false);
    return { ...base, state: answers ? 'given' : 'given, no answer', address: withoutPassword(given) };
  }
  if (!record) return { ...base, state: 'stopped' };
  return {
    ...base,
    state: (await server.isReady(context)) ? 'running' : 'not ready',
    address: withoutPassword(server.address(context)),
    pid: record.pid,
    memoryMiB: memoryMiB(record.pid),
    uptimeSeconds: Math.round((Date.now() - Date.parse(record.startedAt)) / 1000),
  };
}

function toRow({ name, state, pid, memoryMiB: memory, uptimeSeconds, address }) {
  const uptime = uptimeSeconds === undefined ? '-' : formatSeconds(uptimeSeconds);
  return [name, state, String(pid ?? '-'), memory === undefined ? '-' : `${memory} MiB`, uptime, address ?? '-'];
}

/** Seconds as 1d 2h, 3h 4m, 5m 6s or 7s. Pure. */
export function formatSeconds(total) {
  const units = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'm'],
    [1, 's'],
  ];
  const first = units.findIndex(([size]) => total >= size);
  if (first === -1) return '0s';
  const parts = units.slice(first, first + 2).map(([size, unit], index) => {
    const rest = index === 0 ? total : total % units[first][0];
    return `${Math.floor(rest / size)}${unit}`;
  });
  return parts.join(' ');
}
