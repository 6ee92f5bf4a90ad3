import type { Aim, FaultyLine, HttpAnswer } from '#connector-sdk/testing';
import { afterAll } from '@jest/globals';
import { Relay, type RelayTarget } from './relay.js';
import { unique } from './servers.js';
import { Toxiproxy, type Toxic, type ToxicProxy } from './toxiproxy.js';

/** Always there, so that the whole suite runs over a line that is late and sliced. */
const MILD: readonly Toxic[] = [
  { type: 'latency', latency: 2, jitter: 2 },
  { type: 'slicer', average_size: 1_400, size_variation: 700, delay: 20 },
];
const SLOW: readonly Toxic[] = [
  { type: 'latency', latency: 60, jitter: 40 },
  { type: 'slicer', average_size: 300, size_variation: 200, delay: 100 },
];

/** The way of a connector to its system. */
export interface Line {
  /** The system's address with another host and port. */
  readonly url: URL;
  /** Null in a run without toxiproxy: the address is the system's own, and nothing can be made to fail. */
  readonly faults: FaultyLine | null;
}

/**
 * Puts toxiproxy, and behind it a {@link Relay}, before a system. Call it at the top of a test file; it goes away with the
 * file's last test.
 */
export async function lineTo(url: URL, kind: FaultyLine['kind']): Promise<Line> {
  const toxiproxyUrl = process.env['TOXIPROXY_URL'];
  if (!toxiproxyUrl) return { url, faults: null };
  const relay = await Relay.open({ host: url.hostname, port: Number(url.port) });
  const proxy = await new Toxiproxy(toxiproxyUrl).proxy(unique('line'), relay.address);
  for (const toxic of MILD) await proxy.add(toxic);
  afterAll(async () => {
    await proxy.remove();
    await relay.close();
  });
  const through = new URL(url.href);
  through.host = proxy.address;
  return { url: through, faults: new ProxiedLine(kind, proxy, relay) };
}

class ProxiedLine implements FaultyLine {
  constructor(
    readonly kind: FaultyLine['kind'],
    private readonly proxy: ToxicProxy,
    private readonly relay: Relay,
  ) {}

  async refuse(): Promise<() => Promise<void>> {
    await this.proxy.disable();
    return () => this.proxy.enable();
  }

  reset(): Promise<() => Promise<void>> {
    return this.proxy.add({ type: 'reset_peer', timeout: 0 });
  }

  silence(): Promise<() => Promise<void>> {
    return this.proxy.add({ type: 'timeout', timeout: 0 }, 'upstream');
  }

  async slow(): Promise<() => Promise<void>> {
    const heals: (() => Promise<void>)[] = [];
    for (const toxic of SLOW) heals.push(await this.proxy.add(toxic));
    return async () => {
      for (const heal of heals) await heal();
    };
  }

  cut(aim: Aim): ReturnType<FaultyLine['cut']> {
    return this.relay.strike('cut', targetOf(aim));
  }

  answer(aim: Aim, answer: HttpAnswer, when: 'after' | 'instead'): ReturnType<FaultyLine['answer']> {
    return this.relay.strike({ bytes: toBytes(answer), when }, targetOf(aim));
  }
}

function targetOf({ n, isLasting }: Aim): RelayTarget {
  return { from: n, to: isLasting ? Infinity : n };
}

function toBytes({ status, headers, body }: HttpAnswer): string {
  const all = { connection: 'close', 'content-length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} Fault`, ...lines, '', body].join('\r\n');
}
