import { HubError } from '#kernel';
import { Agent, request as send, type Dispatcher } from 'undici';
import { FORBIDDEN_CODE, type AddressGuard } from './address-guard.js';

/** One request; `timeoutMs` covers connecting, asking and reading the answer. */
export interface OutboundRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

/** An answer of any status. Header names are lower case; a header that came several times is joined by `, `. */
export interface OutboundAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * No answer. After `forbidden` and `unreachable` nothing was sent; after `cut`, `timeout` and `too-large` the request may
 * have been carried out. `message` is a sentence for people and names no secret.
 */
export interface OutboundFailure {
  readonly kind: 'forbidden' | 'unreachable' | 'cut' | 'timeout' | 'too-large';
  readonly message: string;
}

/** Limits of one {@link OutboundHttp}. */
export interface OutboundOptions {
  readonly maxResponseBytes: number;
  readonly connectTimeoutMs: number;
  /** Open connections per host. */
  readonly connections: number;
  /** PEM text of the authorities to trust; without it those that Node trusts. */
  readonly ca?: string | undefined;
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is unknown; correct the address',
  EAI_AGAIN: 'its name can not be looked up now; see whether the name server answers',
  ECONNREFUSED: 'nothing listens there; start the system or correct the port',
  EHOSTUNREACH: 'there is no way to it; see the network and its firewall',
  ENETUNREACH: 'there is no way to it; see the network and its firewall',
  UND_ERR_CONNECT_TIMEOUT: 'it does not take connections in time; see the network and its firewall',
};
const CUT = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH']);
const TIMEOUT = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
const TLS = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)|EPROTO/;

/** Sends requests through an {@link AddressGuard}. Follows no redirect, keeps connections, caps time and size. */
export class OutboundHttp {
  private readonly agents = new Map<string, Agent>();

  constructor(
    private readonly guard: AddressGuard,
    private readonly options: OutboundOptions,
  ) {}

  /** @throws HubError HUB_INVARIANT_BROKEN for an error that it does not know */
  async send(request: OutboundRequest): Promise<OutboundAnswer | OutboundFailure> {
    const problem = this.guard.findProblem(request.url);
    if (problem !== null) return { kind: 'forbidden', message: problem };
    try {
      const answer = await send(request.url, {
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        dispatcher: this.agentOf(request.url),
        signal: AbortSignal.timeout(request.timeoutMs),
      });
      return await this.read(request.url, answer);
    } catch (error) {
      return toFailure(error, request);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.agents.values()].map((agent) => agent.destroy()));
    this.agents.clear();
  }

  /** One agent per origin, since the look-up must know whether its host is allowed. */
  private agentOf(url: URL): Agent {
    const known = this.agents.get(url.origin);
    if (known) return known;
    const { connections, connectTimeoutMs, ca } = this.options;
    const agent = new Agent({
      connections,
      pipelining: 1,
      connect: { lookup: this.guard.lookupFor(url), timeout: connectTimeoutMs, ...(ca !== undefined && { ca }) },
    });
    this.agents.set(url.origin, agent);
    return agent;
  }

  private async read(url: URL, answer: Dispatcher.ResponseData): Promise<OutboundAnswer | OutboundFailure> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > this.options.maxResponseBytes) {
        answer.body.destroy();
        const limit = this.options.maxResponseBytes;
        return { kind: 'too-large', message: `The answer of ${url.host} is larger than the ${limit} bytes allowed.` };
      }
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString('utf8');
    return { kind: 'answer', status: answer.statusCode, headers: toHeaders(answer.headers), text };
  }
}

function toHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) joined[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  return joined;
}

function toFailure(error: unknown, { url, timeoutMs }: OutboundRequest): OutboundFailure {
  const { code = '', name, message } = error as NodeJS.ErrnoException;
  if (code === FORBIDDEN_CODE) return { kind: 'forbidden', message };
  const why = UNREACHABLE[code];
  if (why !== undefined) return { kind: 'unreachable', message: `${url.host} can not be reached: ${why}.` };
  if (TLS.test(code))
    return { kind: 'unreachable', message: `${url.host} can not be trusted (${code}): see its TLS certificate.` };
  if (name === 'TimeoutError' || name === 'AbortError' || TIMEOUT.has(code))
    return { kind: 'timeout', message: `${url.host} did not answer within ${timeoutMs} ms.` };
  if (CUT.has(code)) return { kind: 'cut', message: `${url.host} cut the connection before its answer was whole.` };
  throw new HubError('HUB_INVARIANT_BROKEN', `Unexpected: ${message}`, { host: url.host, code }, { cause: error });
}
