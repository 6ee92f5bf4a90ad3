import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** When the process that asked is killed: before the system gets the request, or after it answered. */
export type KillMoment = 'before' | 'answered';

/** One place between two requests of a connector. */
export interface GatePoint {
  /** As {@link GateOptions.nameOf} names it. */
  readonly request: string;
  readonly moment: KillMoment;
}

/** What a gate stands before. */
export interface GateOptions {
  readonly origin: string;
  /** Name of a request that writes; null for every other one. */
  readonly nameOf: (body: string) => string | null;
  /** For mutants: an answer that is not the system's, while the gate is blind; undefined passes the request on. */
  readonly forge?: (body: string) => string | undefined;
  /** The request that ends the blindness. */
  readonly forgeUntil?: string;
}

/** Headers that both systems understand; others belong to one connection. */
const KEPT = ['content-type', 'authorization', 'vendure-token', 'accept'];
const TOKEN = 'vendure-auth-token';

/** Stands between a connector and its system, and can kill the connector at any of its writing requests. */
export class Gate {
  /** Names of all writing requests seen so far. */
  readonly seen = new Set<string>();
  private isBlind = false;
  private armed: (GatePoint & { readonly kill: () => Promise<void> }) | null = null;

  private constructor(
    private readonly options: GateOptions,
    private readonly server: Server,
  ) {}

  static async open(options: GateOptions): Promise<Gate> {
    const server = createServer((request, response) => {
      // a connection that its client has lost is what this gate is for
      gate.pass(request, response).catch(() => response.destroy());
    });
    const gate = new Gate(options, server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  /** Address of the gate, with the credentials of the given one. */
  urlFor(address: string): string {
    const url = new URL(address);
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** Kills at the next such request. @param kill resolves when the process is gone */
  arm(point: GatePoint, kill: () => Promise<void>): void {
    this.armed = { ...point, kill };
  }

  /** From now on look-ups find nothing, until the next create. */
  blind(): void {
    this.isBlind = true;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const name = this.options.nameOf(body);
    if (name !== null) this.seen.add(name);
    const hit = name === null ? null : this.take(name);
    if (hit?.moment === 'before') return this.end(hit.kill, response);
    if (name === this.options.forgeUntil) this.isBlind = false;
    const forged = this.isBlind ? this.options.forge?.(body) : undefined;
    if (forged !== undefined) return void response.writeHead(200, { 'content-type': 'application/json' }).end(forged);
    const answer = await this.forward(request, body);
    const text = await answer.text();
    if (hit) return this.end(hit.kill, response);
    copyAnswer(answer, text, response);
  }

  private take(name: string): (GatePoint & { readonly kill: () => Promise<void> }) | null {
    const { armed } = this;
    if (armed?.request !== name) return null;
    this.armed = null;
    return armed;
  }

  private async end(kill: () => Promise<void>, response: ServerResponse): Promise<void> {
    await kill();
    response.destroy();
  }

  private forward({ url = '/', method = 'POST', headers }: IncomingMessage, body: string): Promise<Response> {
    const kept = KEPT.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]] as const] : []));
    const withBody = method === 'GET' ? {} : { body };
    return fetch(new URL(url, this.options.origin), { method, headers: Object.fromEntries(kept), ...withBody });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function copyAnswer(answer: Response, text: string, response: ServerResponse): void {
  const kept = [TOKEN, 'date'].flatMap((name) => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  response.writeHead(answer.status, { 'content-type': 'application/json', ...Object.fromEntries(kept) }).end(text);
}
