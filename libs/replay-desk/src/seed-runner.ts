import { StepLoop, toHubError, type Clock, type HubError, type Logger } from '#kernel';
import type { SeedHub } from './open-seed-hub.js';

/** What a runner works with. */
export interface SeedRunnerOptions {
  readonly hub: Pick<SeedHub, 'desk' | 'jobs'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onFatal: (error: HubError) => void;
}

/** A runner that was killed has its lease longer: no use in looking more often. */
const TAKE_UP_EVERY_MS = 2_000;

/**
 * Runs the seeds of a server beyond the requests that ordered them. The database has all of them: what is new, and what a process
 * left that was killed or stopped, the next runner takes up. Several may run.
 */
export class SeedRunner {
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private readonly takeUp: StepLoop;

  constructor(private readonly options: SeedRunnerOptions) {
    const { clock, logger, onFatal } = options;
    const [name, step, idleMs] = ['seeds', (): Promise<boolean> => this.takeUpAbandoned(), TAKE_UP_EVERY_MS] as const;
    this.takeUp = new StepLoop({ name, step, idleMs, endsOn: [], wakesFromErrors: false, clock, logger, onFatal });
  }

  start(): void {
    this.takeUp.start();
  }

  /** Leaves seeds that run to the next runner, at the end of the page under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.takeUp.stop();
    await Promise.allSettled(this.running);
  }

  /** Looks for what there is to run at once: a seed was ordered. */
  wake(): void {
    this.takeUp.wake();
  }

  private async takeUpAbandoned(): Promise<boolean> {
    const { hub, logger } = this.options;
    for (const id of await hub.jobs.findAbandoned()) {
      const started = await hub.desk.start(id, this.stopping.signal);
      if (!started) continue;
      logger.info({ seed: id }, 'seed taken up');
      const whole = this.untilEnded(id, started.ended);
      this.running.add(whole);
      void whole.then(() => this.running.delete(whole));
    }
    return false;
  }

  /** Never rejects: what was not kept is done again by the next runner. */
  private async untilEnded(id: string, ended: Promise<string>): Promise<void> {
    const { logger } = this.options;
    try {
      logger.info({ seed: id, state: await ended }, 'seed ended');
    } catch (error) {
      const { code, message: reason } = toHubError(error);
      logger.warn({ seed: id, code, reason }, 'seed left');
    }
  }
}
