import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Kinds of requests, as the protocol numbers them. @see https://kafka.apache.org/protocol#protocol_api_keys */
export const KAFKA_KINDS = { produce: 0, fetch: 1, metadata: 3 } as const;

/** What happens to the frames of one connection. A frame has its size in front. */
export interface FrameRules {
  /** Of a request: what goes to the broker; nothing ends the connection. */
  request(kind: number, frame: Buffer): readonly Buffer[];
  /** Of an answer to a request of this kind: hands on what the client gets, at once or later. */
  answer(kind: number, frame: Buffer, send: (frame: Buffer) => void): void;
}

interface Asked {
  readonly kind: number;
  /** Answers that are still to come. */
  answers: number;
}

/**
 * Stands between a client and one broker. In metadata the broker's port is replaced by the line's, so that who knows only
 * the line stays behind it. Of a request that was sent several times the client gets the last answer.
 */
export class KafkaLine {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly broker: { readonly host: string; readonly port: number },
    private readonly rules: FrameRules,
  ) {}

  /** @param broker `host:port` as the broker itself advertises it */
  static async open(broker: string, rules: FrameRules): Promise<KafkaLine> {
    const [host = '', port] = broker.split(':');
    const server = createServer();
    const line = new KafkaLine(server, { host, port: Number(port) }, rules);
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
    /** By correlation id. */
    const asked = new Map<number, Asked>();
    for (const [socket, other] of [[client, upstream] as const, [upstream, client] as const]) {
      this.sockets.add(socket.setNoDelay(true));
      // whoever loses the line reports it; here it only ends the other half
      socket.on('error', () => other.destroy());
      socket.on('close', () => (this.sockets.delete(socket), other.destroy()));
    }
    onFrames(client, (frame) => {
      const kind = frame.readInt16BE(4);
      const frames = this.rules.request(kind, frame);
      asked.set(frame.readInt32BE(8), { kind, answers: frames.length });
      for (const each of frames) upstream.write(each);
      if (frames.length === 0) client.destroy();
    });
    onFrames(upstream, (frame) => this.take(frame, asked, (answer) => void client.write(answer)));
  }

  private take(frame: Buffer, asked: Map<number, Asked>, send: (frame: Buffer) => void): void {
    const id = frame.readInt32BE(4);
    const request = asked.get(id);
    if (!request) return;
    request.answers -= 1;
    if (request.answers > 0) return;
    asked.delete(id);
    if (request.kind === KAFKA_KINDS.metadata) this.replacePort(frame);
    this.rules.answer(request.kind, frame, send);
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
