import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Kinds of requests, as the protocol numbers them. @see https://kafka.apache.org/protocol#protocol_api_keys */
const FETCH = 1;
const METADATA = 3;

/**
 * A line to one Kafka broker that holds back what a consumer fetches, and nothing else: events are applied that much
 * later, while the group, the producer and the offsets go on. In metadata the broker's port is replaced by the line's, so
 * that who knows only the line stays behind it.
 */
export class KafkaLag {
  /** How long every answer to a Fetch request is held back. */
  delayMs = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly broker: { readonly host: string; readonly port: number },
  ) {}

  /** @param broker `host:port` as the broker itself advertises it */
  static async open(broker: string): Promise<KafkaLag> {
    const [host = '', port] = broker.split(':');
    const server = createServer();
    const line = new KafkaLag(server, { host, port: Number(port) });
    server.on('connection', (client) => line.serve(client));
    await once(server.listen(0, host), 'listening');
    return line;
  }

  /** `host:port` of the line. */
  get address(): string {
    return `${this.broker.host}:${this.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private serve(client: Socket): void {
    const upstream = connect(this.broker);
    const kinds = new Map<number, number>();
    for (const [socket, other] of [[client, upstream] as const, [upstream, client] as const]) {
      this.sockets.add(socket.setNoDelay(true));
      // whoever loses the line reports it; here it only ends the other half
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    onFrames(client, (frame) => {
      kinds.set(frame.readInt32BE(8), frame.readInt16BE(4));
      upstream.write(frame);
    });
    onFrames(upstream, (frame) => this.answer(client, frame, kinds));
  }

  /** Clients match answers to requests by their number, so that others may pass one that is held back. */
  private answer(client: Socket, frame: Buffer, kinds: Map<number, number>): void {
    const request = frame.readInt32BE(4);
    const kind = kinds.get(request);
    kinds.delete(request);
    if (kind === METADATA) this.replacePort(frame);
    if (kind === FETCH && this.delayMs > 0) setTimeout(() => client.write(frame), this.delayMs);
    else client.write(frame);
  }

  private replacePort(frame: Buffer): void {
    const { host, port } = this.broker;
    const at = frame.indexOf(host) + host.length;
    if (at >= host.length && frame.readInt32BE(at) === port) frame.writeInt32BE(this.port, at);
  }
}

/** Calls back with whole frames, their size in front. */
function onFrames(socket: Socket, handle: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const size = 4 + rest.readInt32BE(0);
      handle(rest.subarray(0, size));
      rest = rest.subarray(size);
    }
  });
}
