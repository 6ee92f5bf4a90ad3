import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

const PRODUCE = 0;
const METADATA = 3;

/** What to do with one Produce request: the frames that go to the broker; an empty list ends the connection. */
export type ProduceRule = (frame: Buffer) => readonly Buffer[];

/** Passes everything on as it is. */
export const passOn: ProduceRule = (frame) => [frame];

/**
 * Stands between a client and one broker, so that a test can repeat, spoil or lose the client's Produce requests. A
 * client that knows only the proxy stays behind it: the broker's address in metadata is replaced by the proxy's.
 */
export class KafkaProxy {
  rule: ProduceRule = passOn;
  /** Error code that the next answers to Produce requests carry for their first partition; null leaves them alone. */
  errorCode: number | null = null;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly broker: { readonly host: string; readonly port: number },
  ) {}

  /** @param broker 'host:port' as the broker itself advertises it */
  static async start(broker: string): Promise<KafkaProxy> {
    const [host = '', port] = broker.split(':');
    const server = createServer();
    const proxy = new KafkaProxy(server, { host, port: Number(port) });
    server.on('connection', (client) => proxy.serve(client));
    await once(server.listen(0, host), 'listening');
    return proxy;
  }

  get address(): string {
    return `${this.broker.host}:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private serve(client: Socket): void {
    const upstream = connect(this.broker);
    /** By correlation id: kind of request, and how many answers the client must not see. */
    const asked = new Map<number, { apiKey: number; answers: number }>();
    for (const [socket, other] of [[client, upstream] as const, [upstream, client] as const]) {
      this.sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => (this.sockets.delete(socket), other.destroy()));
    }
    onFrames(client, (frame) => {
      const apiKey = frame.readInt16BE(4);
      const frames = apiKey === PRODUCE ? this.rule(frame) : [frame];
      asked.set(frame.readInt32BE(8), { apiKey, answers: frames.length });
      for (const each of frames) upstream.write(each);
      if (frames.length === 0) client.destroy();
    });
    onFrames(upstream, (frame) => {
      const request = asked.get(frame.readInt32BE(4));
      if (!request) return;
      request.answers -= 1;
      // Of a repeated request the client gets the last answer.
      if (request.answers === 0) client.write(this.toAnswer(request.apiKey, frame));
    });
  }

  private toAnswer(apiKey: number, frame: Buffer): Buffer {
    if (apiKey === METADATA) return this.withOwnPort(frame);
    if (apiKey === PRODUCE && this.errorCode !== null) {
      const afterTopic = 12 + 2 + frame.readInt16BE(12); // size, correlation id, number of topics, name of the first
      frame.writeInt16BE(this.errorCode, afterTopic + 8);
    }
    return frame;
  }

  private withOwnPort(frame: Buffer): Buffer {
    const { host, port } = this.broker;
    const at = frame.indexOf(Buffer.from(host)) + host.length;
    if (at >= host.length && frame.readInt32BE(at) === port) frame.writeInt32BE(this.port, at);
    return frame;
  }
}

/** Calls back with whole frames, their size in front. */
function onFrames(socket: Socket, handle: (frame: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const size = 4 + rest.readInt32BE(0);
      handle(rest.subarray(0, size));
      rest = rest.subarray(size);
    }
  });
}
