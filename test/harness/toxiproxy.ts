/** A fault of a connection, with the attributes that toxiproxy gives it. Times in milliseconds, sizes in bytes. */
export type Toxic =
  /** Delays all data. */
  | { readonly type: 'latency'; readonly latency: number; readonly jitter?: number }
  /** So many kilobytes per second at most. */
  | { readonly type: 'bandwidth'; readonly rate: number }
  /** Resets the connection after so long; 0 is at once. */
  | { readonly type: 'reset_peer'; readonly timeout: number }
  /**
   * Lets nothing through and closes the connection after so long; 0 leaves it open until the sender closes: for a silent
   * system take `upstream`.
   */
  | { readonly type: 'timeout'; readonly timeout: number }
  /** Closes the connection after so many bytes. */
  | { readonly type: 'limit_data'; readonly bytes: number }
  /** Cuts data into packets of about this size, `delay` microseconds apart. */
  | { readonly type: 'slicer'; readonly average_size: number; readonly size_variation: number; readonly delay: number };

/** Towards the client (answers) or towards the system (requests). */
export type Direction = 'downstream' | 'upstream';

const TIMEOUT_MS = 5_000;

/** The toxiproxy of this test run, at TOXIPROXY_URL. @throws when it is not there or refuses */
export class Toxiproxy {
  constructor(private readonly url: string = process.env['TOXIPROXY_URL'] ?? '') {
    if (!url) throw new Error('TOXIPROXY_URL is not set: run this test by `npm run test:real`');
  }

  /** A proxy in front of `upstream` (`host:port`), on a free loopback port unless one is given. The caller removes it. */
  async proxy(name: string, upstream: string, port = 0): Promise<ToxicProxy> {
    const body = { name, upstream, listen: `127.0.0.1:${port}`, enabled: true };
    const { listen } = (await this.call('POST', '/proxies', body)) as { readonly listen: string };
    return new ToxicProxy(name, listen, (method, path, change) => this.call(method, `/proxies/${name}${path}`, change));
  }

  private async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`toxiproxy refuses ${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : (JSON.parse(text) as unknown);
  }
}

/** One proxy; whole until a toxic is added. */
export class ToxicProxy {
  private toxics = 0;

  constructor(
    readonly name: string,
    /** `host:port` to connect to instead of the upstream. */
    readonly address: string,
    private readonly call: (method: string, path: string, body?: unknown) => Promise<unknown>,
  ) {}

  /** Adds a fault, also to connections that are open, and gives what takes it away again. */
  async add(toxic: Toxic, stream: Direction = 'downstream'): Promise<() => Promise<void>> {
    this.toxics += 1;
    const { type, ...attributes } = toxic;
    const name = `${type}-${this.toxics}`;
    await this.call('POST', '/toxics', { name, type, stream, toxicity: 1, attributes });
    return async () => {
      await this.call('DELETE', `/toxics/${name}`);
    };
  }

  /** Refuses connections and cuts those that are open. */
  async disable(): Promise<void> {
    // The port is named again: with port 0 enabling would draw another one.
    await this.call('POST', '', { enabled: false, listen: this.address });
  }

  async enable(): Promise<void> {
    await this.call('POST', '', { enabled: true, listen: this.address });
  }

  async remove(): Promise<void> {
    await this.call('DELETE', '');
  }
}
