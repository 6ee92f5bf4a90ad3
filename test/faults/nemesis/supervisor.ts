import type { HubProcesses, ServiceName } from '#hub-runner';
import { sleep } from '../workload.js';

type Variables = Readonly<Record<string, string>>;

/** As long as a supervisor of services takes to start one again. */
const RESTART_MS = 500;
const LOOK_MS = 50;

/** Starts every process of the hub again that has ended, as systemd or an orchestrator does. */
export class Supervisor {
  /** Starts, the first of each service included. */
  starts = 0;
  private readonly held = new Set<ServiceName>();
  private readonly variables = new Map<ServiceName, Variables>();
  private readonly loops: Promise<void>[] = [];
  private isEnding = false;

  constructor(
    private readonly processes: HubProcesses,
    private readonly log: (text: string) => void,
  ) {}

  begin(): void {
    for (const service of this.processes.services) this.loops.push(this.watch(service));
  }

  /** Leaves a service down once it has ended. */
  hold(service: ServiceName): void {
    this.held.add(service);
  }

  release(service: ServiceName): void {
    this.held.delete(service);
  }

  /** Variables of the next starts of a service, until others are given. */
  equip(service: ServiceName, variables: Variables): void {
    this.variables.set(service, variables);
  }

  /** Ends a service; it is started again. */
  async restart(service: ServiceName, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.processes.stop(service, signal);
  }

  /** Resolves when a service answers that it is ready; what must be ready is started by the watch. */
  async untilReady(service: ServiceName, timeoutMs = 60_000): Promise<boolean> {
    const endsAt = Date.now() + timeoutMs;
    while (Date.now() < endsAt) {
      const isReady = this.processes.isAlive(service) && (await this.answers(service));
      if (isReady) return true;
      await sleep(LOOK_MS);
    }
    return false;
  }

  async end(): Promise<void> {
    this.isEnding = true;
    await Promise.all(this.loops);
  }

  private async answers(service: ServiceName): Promise<boolean> {
    try {
      await this.processes.call(service, '/health/ready');
      return true;
    } catch {
      return false; // not ready yet: asked again until the time is over
    }
  }

  private async watch(service: ServiceName): Promise<void> {
    while (!this.isEnding) {
      if (this.processes.isAlive(service) || this.held.has(service)) await sleep(LOOK_MS);
      else await this.start(service);
    }
  }

  /** A process that ends while it starts is started again, too. */
  private async start(service: ServiceName): Promise<void> {
    await sleep(this.starts < this.processes.services.length ? 0 : RESTART_MS);
    if (this.held.has(service) || this.isEnding) return;
    this.starts += 1;
    try {
      await this.processes.start(service, this.variables.get(service));
    } catch (error) {
      const [first = ''] = (error as Error).message.split('\n');
      if (!this.processes.isAlive(service)) this.log(`    ${first} and ended; it is started again`);
    }
  }
}
