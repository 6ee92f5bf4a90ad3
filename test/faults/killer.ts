import type { HubProcesses, ServiceName } from '#hub-runner';
import type { SeededRandom } from './seeded-random.js';
import { sleep } from './workload.js';

/** What is killed, and how often. */
export interface KillerOptions {
  readonly processes: HubProcesses;
  readonly random: SeededRandom;
  /** Times that each service is killed. */
  readonly rounds: number;
  /** Gives every part of the hub work for a moment. */
  readonly burst: () => Promise<void>;
  readonly log: (text: string) => void;
}

/** As long as a supervisor takes to start a process again. */
const RESTART_MS = 500;

/** Kills one service after another with SIGKILL while it works, each so many times, and starts it again. */
export class Killer {
  kills = 0;
  /** Services that ended although nobody killed them. */
  readonly unplanned: string[] = [];

  constructor(private readonly options: KillerOptions) {}

  async run(): Promise<void> {
    const { processes, random, rounds } = this.options;
    for (let round = 1; round <= rounds; round += 1)
      for (const service of random.shuffled(processes.services)) {
        await sleep(random.between(300, 2_500));
        await this.revive();
        await this.giveWork(service);
        await this.kill(service, round);
      }
    await this.revive();
  }

  /** Starts what ended by itself. */
  async revive(): Promise<void> {
    const { processes, log } = this.options;
    for (const service of processes.services) {
      if (processes.isAlive(service)) continue;
      this.unplanned.push(service);
      log(`${service} had ended by itself`);
      await processes.start(service);
    }
  }

  private async kill(service: ServiceName, round: number): Promise<void> {
    const { processes, rounds, log } = this.options;
    await processes.stop(service, 'SIGKILL');
    this.kills += 1;
    await sleep(RESTART_MS);
    const startedAt = performance.now();
    await processes.start(service);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    log(`round ${round} of ${rounds}: kill -9 ${service}, ready again after ${seconds} s`);
  }

  /** Waits until the kill is likely to hit the service at work: the further down the pipeline, the later. */
  private async giveWork(service: ServiceName): Promise<void> {
    const { processes, random, burst } = this.options;
    await burst();
    if (service === 'reconciler')
      for (const system of ['erp', 'shop']) await processes.call('reconciler', '/rounds', { system });
    await sleep(random.between(20, service === 'connector-shop' ? 2_000 : 900));
  }
}
