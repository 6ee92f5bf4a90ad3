import { OutboxAudit } from '../outbox-audit.js';
import { SeededRandom } from '../seeded-random.js';
import { FAULTS_FOLDER } from '../servers.js';
import { ShopUsers } from '../shop-users.js';
import { TestHub, type TestHubOptions } from '../test-hub.js';
import { waitUntilQuiet } from '../quiesce.js';
import { Workload } from '../workload.js';
import { atExit } from './at-exit.js';
import { throughLink, type OwnStack } from './own-stack.js';
import { Supervisor } from './supervisor.js';
import { databaseOf, type World } from './world.js';

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
  private constructor(
    readonly world: World,
    private readonly callOff: () => void,
  ) {}

  static async start({ stack, seed, products, log, ...options }: HubInDangerOptions): Promise<HubInDanger> {
    const test = await TestHub.create({
      ...options,
      ...{ servers: stack.proxied, direct: stack.direct, folder: FAULTS_FOLDER },
      throughProxy: (address) => throughLink(address, stack.links.postgres),
    });
    const supervisor = new Supervisor(test.hub.processes, log);
    const callOff = atExit(() => test.hub.processes.abandon());
    try {
      supervisor.begin();
      for (const service of test.hub.processes.services) await supervisor.untilReady(service);
      const outboxes = await OutboxAudit.install(test, databaseOf({ stack, test }));
      const random = new SeededRandom(seed);
      const { stores } = test;
      const workload = new Workload({ stores, random: random.fork(), products });
      const users = new ShopUsers({ stores, random: random.fork(), workload });
      const hub = new HubInDanger({ stack, test, outboxes, supervisor, workload, users, random, log }, callOff);
      await hub.importAll();
      return hub;
    } catch (error) {
      await dropHub(test, supervisor);
      throw error;
    }
  }

  async drop(): Promise<void> {
    await dropHub(this.world.test, this.world.supervisor);
    this.callOff();
  }

  private async importAll(): Promise<void> {
    const { test, workload } = this.world;
    await test.hub.setMode('shop', 'write');
    workload.stop();
    await workload.import();
    const unrest = await waitUntilQuiet(test, { writtenAtMs: Date.now(), timeoutMs: IMPORT_MS });
    if (unrest !== null) throw new Error(`the first import does not end: ${unrest}`);
  }
}

async function dropHub(test: TestHub, supervisor: Supervisor): Promise<void> {
  const ending = supervisor.end();
  await test.hub.processes.stopAll();
  await ending;
  await test.drop();
}
