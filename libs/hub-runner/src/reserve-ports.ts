import { createServer, type Server } from 'node:net';

/** Below the ports that the launcher of the servers takes (20000…) and those of outgoing connections (Linux: 32768…). */
const FIRST = 10_000;
/** One port of a block is its guard. */
const BLOCK = 21;
const BLOCKS = 470;
const LOOPBACK = '127.0.0.1';

/**
 * Ports of loopback that this process alone may give to others, until it ends: a program that is killed finds its port free
 * again. The system keeps the reservation: this process listens on the port before the first, whose block nobody else takes
 * while it does.
 * @param count at most 20
 * @returns the first of `count` neighbouring ports
 * @throws when no block is free
 */
export async function reservePorts(count: number): Promise<number> {
  if (count >= BLOCK) throw new Error(`At most ${BLOCK - 1} ports are reserved at once, not ${count}.`);
  const start = Math.floor(Math.random() * BLOCKS);
  for (let tried = 0; tried < BLOCKS; tried += 1) {
    const port = FIRST + ((start + tried) % BLOCKS) * BLOCK;
    const guard = await listen(port);
    if (!guard) continue;
    if (await areFree(port + 1, count)) {
      guard.unref();
      return port + 1;
    }
    await close(guard);
  }
  throw new Error(`No ${count} neighbouring loopback ports are free.`);
}

async function areFree(first: number, count: number): Promise<boolean> {
  const servers = await Promise.all(Array.from({ length: count }, (_, index) => listen(first + index)));
  for (const server of servers) if (server) await close(server);
  return servers.every((server) => server !== null);
}

/** Null where another listens. */
function listen(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(null));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
