import { join } from 'node:path';
import { SeededRandom } from '../seeded-random.js';
import { ROOT } from '../servers.js';
import { ShopUsers } from '../shop-users.js';
import { TestHub, type TestHubOptions } from '../test-hub.js';
import { waitUntilQuiet } from '../quiesce.js';
import { Workload } from '../workload.js';
import { throughLink, type OwnStack } from './own-stack.js';
import { Supervisor } from './supervisor.js';
import type { World } from './world.js';

/** How the hub of some cells is made. */
export interface HubInDangerOptions extends Pick<TestHubOptions, 'variables' | 'nodeArguments' | 'systems'> {
  readonly stack: OwnStack;
  readonly seed: number;
  readonly products: number;
  readonly log: (text: string) => void;
}

const IMPORT_MS = 120_000;

/** A hub of real processes behind the stack's proxies, supervised, with its first import done; faults come next. */
export class HubInDanger {
  private constructor(readonly world: World) {}

  static async start({ stack, seed, products, log, ...options }: HubInDangerOptions): Promise<HubInDanger> {
    const test = await TestHub.create({
      ...options,
      ...{ servers: stack.proxied, direct: stack.direct, folder: join(ROOT, '.plumbline/faults') },
      throughProxy: (address) => throughLink(address, stack.links.postgres),
    });
    const random = new SeededRandom(seed);
    const { stores } = test;
    const workload = new Workload({ stores, random: random.fork(), products });
    const users = new ShopUsers({ stores, random: random.fork(), workload });
    const supervisor = new Supervisor(test.hub.processes, log);
    const hub = new HubInDanger({ stack, test, supervisor, workload, users, random, log });
    try {
      await hub.importAll();
      return hub;
    } catch (error) {
      await hub.drop();
      throw error;
    }
  }

  async drop(): Promise<void> {
    const { supervisor, test } = this.world;
    const ending = supervisor.end();
    await test.hub.processes.stopAll();
    await ending;
    await test.drop();
  }

  private async importAll(): Promise<void> {
    const { supervisor, test, workload } = this.world;
    supervisor.begin();
    for (const service of test.hub.processes.services) await supervisor.untilReady(service);
    await test.hub.setMode('shop', 'write');
    workload.stop();
    await workload.import();
    const unrest = await waitUntilQuiet(test, { writtenAtMs: Date.now(), timeoutMs: IMPORT_MS });
    if (unrest !== null) throw new Error(`the first import does not end: ${unrest}`);
  }
}
