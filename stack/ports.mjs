// Free ports on loopback: chosen once, remembered, chosen anew when another process has taken one.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

import { StackError } from './errors.mjs';

export const LOOPBACK = '127.0.0.1';

// Below Linux' ephemeral range (32768…), so that an outgoing connection never takes a remembered port.
const FIRST = 20_000;
const LAST = 32_000;

/** True when a server can listen on this port now. */
export function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Gives each name a port that is free: the remembered one if it still is. Changes `ports`. */
export async function ensurePorts(ports, names) {
  for (const name of names) {
    if (ports[name] && (await isFree(ports[name]))) continue;
    ports[name] = await findFreePort(new Set(Object.values(ports)));
  }
}

/** A port that nobody listens on and that is not among the reserved ones. */
export async function findFreePort(reserved = new Set()) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(FIRST, LAST);
    if (!reserved.has(port) && (await isFree(port))) return port;
  }
  throw new StackError(`No free port between ${FIRST} and ${LAST} on ${LOOPBACK}.`, {
    next: 'stop what listens there',
  });
}
