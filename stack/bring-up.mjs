// Brings one server up: reuse it, restart it, or start it.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { StackError } from './errors.mjs';
import { ensurePorts, isFree } from './ports.mjs';
import { findProcess, isAlive, logFileOf, startDetached, stopProcess } from './process.mjs';
import { saveState } from './state.mjs';

const POLL_MS = 100;
const READY_TIMEOUT_MS = 120_000;

/** Returns when the server is ready. A running one whose settings are still right is left alone. */
export async function bringUp(context, server) {
  const running = findProcess(context.paths, server.name);
  if (running && running.fingerprint === fingerprintOf(server.command(context))) {
    await waitUntilReady(context, server, running);
    context.progress.line(`${server.name.padEnd(9)} runs already (pid ${running.pid})`);
    return;
  }
  if (running) {
    context.progress.line(`${server.name.padEnd(9)} runs with other settings; restarting it`);
    await stopProcess(context.paths, server.name, { signal: server.stopSignal });
  }
  await context.progress.step(server.name, { begin: 'starting', end: 'ready' }, () =>
    startOnFreePorts(context, server),
  );
}

/** Chooses the ports of all servers that do not run. One after the other, so that no two choose the same. */
export async function choosePorts(context, servers) {
  for (const server of servers) {
    if (!findProcess(context.paths, server.name)) await ensurePorts(context.state.ports, server.ports);
  }
  saveState(context);
}

/** Tells whether a running server was started the way we would start it now. Pure. */
export function fingerprintOf({ command, args, env, settings, cwd }) {
  return createHash('sha256')
    .update(JSON.stringify([command, args, env, settings, cwd]))
    .digest('hex');
}

async function startOnFreePorts(context, server) {
  try {
    await start(context, server);
  } catch (error) {
    if (!(await lostAPort(context, server))) throw error;
    context.progress.line(`${server.name.padEnd(9)} another process took its port; trying with another one`);
    await choosePorts(context, [server]);
    await start(context, server);
  }
}

async function start(context, server) {
  await server.prepare(context);
  const spec = server.command(context);
  const options = { ...spec, env: { ...process.env, ...spec.env } };
  const record = await startDetached(context.paths, server.name, options, fingerprintOf(spec)).catch((cause) => {
    const message = `cannot be started (${cause.code ?? cause.message}).`;
    throw failure(context, server, { message, next: 'npm run stack -- doctor', cause });
  });
  await waitUntilReady(context, server, record);
}

async function waitUntilReady(context, server, record) {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await server.isReady(context))) {
    if (!isAlive(record)) throw failure(context, server, { message: 'ended while starting.' });
    if (performance.now() > deadline) {
      await stopProcess(context.paths, server.name, { signal: server.stopSignal });
      throw failure(context, server, {
        message: `was not ready after ${READY_TIMEOUT_MS / 1000} s, so it was stopped.`,
      });
    }
    await sleep(POLL_MS);
  }
  // Another process may answer on our port while ours, which could not have it, is ending.
  if (!isAlive(record)) throw failure(context, server, { message: 'ended while starting.' });
}

async function lostAPort(context, server) {
  if (findProcess(context.paths, server.name)) return false;
  const free = await Promise.all(server.ports.map((name) => isFree(context.state.ports[name])));
  return free.includes(false);
}

function failure(context, server, { message, next = nextSteps(server), cause }) {
  return new StackError(message, { server: server.name, logFile: logFileOf(context.paths, server.name), next, cause });
}

function nextSteps({ variable }) {
  return (
    'read the log; then `npm run stack -- up` again, or `npm run stack -- reset` to begin with empty data, ' +
    `or give ${variable}`
  );
}
