import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Passes bytes on until it is told to cut, or to say nothing. */
export class CuttingProxy {
  cutAfterBytes = Infinity;
  isSilent = false;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(target: number): Promise<CuttingProxy> {
    const server = createServer();
    const proxy = new CuttingProxy(server);
    server.on('connection', (client) => proxy.join(client, target));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): string {
    return String((this.server.address() as AddressInfo).port);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, target: number): void {
    this.sockets.add(client);
    client.on('error', () => client.destroy());
    if (this.isSilent) return;
    const server = connect(target, '127.0.0.1');
    this.sockets.add(server);
    const cut = (): void => {
      client.destroy();
      server.destroy();
    };
    let bytes = 0;
    server.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes > this.cutAfterBytes) cut();
      else client.write(chunk);
    });
    client.on('data', (chunk) => server.write(chunk));
    for (const socket of [client, server]) socket.on('close', cut).on('error', cut);
  }
}
