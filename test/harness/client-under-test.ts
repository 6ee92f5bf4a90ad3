import { afterEach, beforeEach } from '@jest/globals';
import { HubError, type Logger } from '#kernel';
import type { Resolve } from '#outbound-http';
import { RestClient, type RestAnswer } from '../../connectors/rest/client.js';
import { configSchema } from '../../connectors/rest/config.js';
import { SmallShop } from './small-shop.js';

/** Two small shops for each test of a file, and clients of the first. Make it at the top of the file. */
export class ClientUnderTest {
  nowMs = 0;
  /** How long the clients waited, each time. */
  readonly slept: number[] = [];
  /** Log lines with their facts, as JSON, of all tests. */
  readonly logged: string[] = [];
  private readonly clients: RestClient[] = [];
  private shops: readonly SmallShop[] = [];

  constructor() {
    beforeEach(async () => {
      this.shops = [await SmallShop.open(), await SmallShop.open()];
      [this.nowMs, this.slept.length] = [1_700_000_000_000, 0];
    });
    afterEach(async () => {
      await Promise.all(this.clients.splice(0).map((client) => client.close()));
      await Promise.all(this.shops.map((shop) => shop.close()));
    });
  }

  get shop(): SmallShop {
    return this.shopAt(0);
  }

  /** A host to which nothing of the first one may go. */
  get other(): SmallShop {
    return this.shopAt(1);
  }

  /** A client; closed at the end of the test. */
  open(config: Readonly<Record<string, unknown>> = {}, resolve?: Resolve): RestClient {
    const keep = (facts: unknown, message: string): void => void this.logged.push(JSON.stringify([facts, message]));
    const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep, child: () => logger };
    const client = new RestClient({
      config: configSchema.parse({
        baseUrl: `http://${this.shop.host}`,
        allowedHosts: [this.shop.host, this.other.host],
        timeoutMs: 400,
        rate: { perSecond: 100, burst: 100 },
        ...config,
      }),
      clock: {
        nowMs: () => this.nowMs,
        sleep: async (ms) => {
          this.slept.push(ms);
          this.nowMs += ms;
        },
      },
      logger,
      isReadOnly: false,
      ...(resolve ? { resolve } : {}),
    });
    this.clients.push(client);
    return client;
  }

  private shopAt(index: number): SmallShop {
    const shop = this.shops[index];
    if (!shop) throw new Error('the shops are there inside tests only');
    return shop;
  }
}

/** What a request failed with. */
export async function errorOf(work: Promise<unknown>): Promise<HubError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new Error('no error');
}

export const list = (client: RestClient): Promise<RestAnswer> => client.get({ path: '/articles' });
