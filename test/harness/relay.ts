import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * What happens to answers. `cut`: half of it arrives and the connection ends, after the system did what it was asked.
 * Else these bytes are the answer: in place of the system's own (`after`), or without asking the system (`instead`).
 */
export type RelayFault = 'cut' | { readonly bytes: string; readonly when: 'after' | 'instead' };

/** Which answers from now on are hit; the first is 1. */
export interface RelayTarget {
  readonly from: number;
  readonly to: number;
}

/** A fault in force. */
export interface Strike {
  /** Takes the fault away, and says whether it hit an answer. */
  end(): boolean;
}

interface Armed {
  readonly fault: RelayFault;
  readonly target: RelayTarget;
  hits: number;
}

/** One connection: bytes of the client open a question, the first bytes of the system close it. */
interface Talk {
  isAsked: boolean;
  question: number;
  isOver: boolean;
}

/**
 * Passes bytes on and counts answers, whatever the protocol, so that a fault can hit exactly the n-th. toxiproxy counts
 * bytes only, and knows no answer of HTTP.
 */
export class Relay {
  private readonly sockets = new Set<Socket>();
  private armed: Armed | null = null;
  private questions = 0;

  private constructor(
    private readonly server: Server,
    private readonly upstream: { readonly host: string; readonly port: number },
  ) {}

  static async open(upstream: { readonly host: string; readonly port: number }): Promise<Relay> {
    const server = createServer();
    const relay = new Relay(server, upstream);
    server.on('connection', (client) => relay.join(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return relay;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Counts questions from here. One fault at a time. */
  strike(fault: RelayFault, target: RelayTarget): Strike {
    const armed = { fault, target, hits: 0 };
    [this.armed, this.questions] = [armed, 0];
    return {
      end: () => {
        this.armed = null;
        return armed.hits > 0;
      },
    };
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    const server = connect(this.upstream.port, this.upstream.host);
    const talk: Talk = { isAsked: false, question: 0, isOver: false };
    client.on('data', (chunk) => this.ask(talk, chunk, { client, server }));
    server.on('data', (chunk) => this.answer(talk, chunk, { client, server }));
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      // An answer under way is still written; a system that goes away takes its clients with it.
      socket.on('close', () => {
        this.sockets.delete(socket);
        if (!talk.isOver) other.destroy();
      });
    }
  }

  private ask(talk: Talk, chunk: Buffer, { client, server }: { client: Socket; server: Socket }): void {
    if (talk.isOver) return;
    if (!talk.isAsked) {
      talk.isAsked = true;
      talk.question = this.questions += 1;
      const fault = this.faultOf(talk);
      if (fault !== null && fault !== 'cut' && fault.when === 'instead')
        return this.finish(talk, { client, server }, Buffer.from(fault.bytes));
    }
    server.write(chunk);
  }

  private answer(talk: Talk, chunk: Buffer, sockets: { client: Socket; server: Socket }): void {
    if (talk.isOver) return;
    const fault = talk.isAsked ? this.faultOf(talk) : null;
    talk.isAsked = false;
    if (fault === null) sockets.client.write(chunk);
    else this.finish(talk, sockets, fault === 'cut' ? chunk.subarray(0, chunk.length / 2) : Buffer.from(fault.bytes));
  }

  /** The last bytes that the client gets; then the connection ends. */
  private finish(talk: Talk, { client, server }: { client: Socket; server: Socket }, bytes: Buffer): void {
    talk.isOver = true;
    if (this.armed) this.armed.hits += 1;
    client.end(bytes);
    server.destroy();
  }

  private faultOf({ question }: Talk): RelayFault | null {
    if (this.armed === null) return null;
    const { fault, target } = this.armed;
    return question >= target.from && question <= target.to ? fault : null;
  }
}
