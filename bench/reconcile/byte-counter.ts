import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** A TCP line that counts what passes, both ways together. */
export interface ByteCounter {
  /** The given address by way of the line. */
  readonly url: string;
  bytes(): number;
  close(): Promise<void>;
}

/** Opens a line to the server of a database's address. */
export async function openByteCounter(address: string): Promise<ByteCounter> {
  const target = new URL(address);
  let bytes = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from.setNoDelay(true));
      from.on('data', (chunk) => (bytes += chunk.length));
      from.pipe(to);
      // whoever loses the line reports it; here it only ends the other half
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(address);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    bytes: () => bytes,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
    },
  };
}
