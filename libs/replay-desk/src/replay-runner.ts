import { StepLoop, toHubError, type Clock, type HubError, type Logger } from '#kernel';
import type { ReplayHub } from './open-replay-hub.js';

/** What a runner works with. */
export interface ReplayRunnerOptions {
  readonly hub: ReplayHub;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onFatal: (error: HubError) => void;
  /** Told when a replay has ended, or letters were sent. */
  readonly onChange: () => void;
}

/** A runner that was killed has its lease so much longer: no use in looking more often. */
const TAKE_UP_EVERY_MS = 2_000;
const LOOK_FOR_LETTERS_EVERY_MS = 5_000;
const INDEX_EVERY_MS = 15_000;
/** What was brought up to date so lately is. */
const INDEX_FRESH_MS = 1_000;

/**
 * Work of a server that goes on when the request that began it has ended: replays, letters on their way, the index of letters.
 * The database has all of it: what a process left that was killed or stopped, the next one takes up. Several may run.
 */
export class ReplayRunner {
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private readonly takeUp: StepLoop;
  private readonly sender: StepLoop;
  private readonly indexer: StepLoop;
  private indexing: Promise<void> | null = null;
  private indexedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: ReplayRunnerOptions) {
    this.takeUp = this.loop('replays', () => this.takeUpAbandoned(), TAKE_UP_EVERY_MS);
    this.sender = this.loop('letters', () => this.sendOrdered(), LOOK_FOR_LETTERS_EVERY_MS);
    this.indexer = this.loop('letter index', () => this.bringUpToDate(), INDEX_EVERY_MS);
  }

  start(): void {
    for (const loop of [this.takeUp, this.sender, this.indexer]) loop.start();
  }

  /** Leaves replays that run to the next runner, at the end of what they are sending. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([this.takeUp, this.sender, this.indexer].map((loop) => loop.stop()));
    await Promise.allSettled(this.running);
  }

  /**
   * Resolves as soon as the replay runs in this process; why it failed is kept with it.
   * @throws HubError HUB_NOT_FOUND, HUB_REPLAY_BUSY while another process runs it, HUB_REPLAY_REFUSED when it has ended
   */
  run(id: string): Promise<void> {
    return new Promise((resolve, reject) => {
      let isClaimed = false;
      const onClaimed = (): void => {
        isClaimed = true;
        resolve();
      };
      const whole = this.runToEnd(id, onClaimed).catch((error: unknown) => {
        const { code, message: reason } = toHubError(error);
        if (isClaimed) this.options.logger.warn({ replay: id, code, reason }, 'replay failed');
        reject(toHubError(error)); // does nothing once it runs
      });
      this.running.add(whole);
      void whole.then(() => this.running.delete(whole));
    });
  }

  /** Sends letters that are marked, soon. */
  sendLetters(): void {
    this.sender.wake();
  }

  /** Brings the index of dead letters up to the ends of their topics, unless it was a moment ago. @throws HubError HUB_BROKER_*, HUB_DATABASE_* */
  async index(): Promise<void> {
    const { clock, hub } = this.options;
    if (clock.nowMs() - this.indexedAtMs < INDEX_FRESH_MS) return;
    this.indexing ??= hub.during(({ letterDesk }) => letterDesk.sync(this.stopping.signal));
    try {
      await this.indexing;
      this.indexedAtMs = clock.nowMs();
    } finally {
      this.indexing = null;
    }
  }

  private async runToEnd(id: string, onClaimed: () => void): Promise<void> {
    const { hub, onChange } = this.options;
    await hub.during(async ({ replays }) => {
      const settings = { runner: 'hub', stoppedAs: 'running' } as const;
      const { ended } = await replays.start(id, this.stopping.signal, settings);
      onClaimed();
      await ended;
    });
    onChange();
  }

  private async takeUpAbandoned(): Promise<boolean> {
    const { hub, logger } = this.options;
    for (const id of await hub.replayStore.findAbandoned()) {
      await this.run(id);
      logger.info({ replay: id }, 'replay taken up');
    }
    return false;
  }

  private async sendOrdered(): Promise<boolean> {
    const { hub, logger, onChange } = this.options;
    if ((await hub.letters.countOrdered()) === 0) return false;
    const { sent, gone } = await hub.during(({ letterDesk }) => letterDesk.sendOrdered(this.stopping.signal));
    logger.info({ sent, gone }, 'dead letters sent');
    onChange();
    return false;
  }

  private async bringUpToDate(): Promise<boolean> {
    await this.index();
    return false;
  }

  private loop(name: string, step: () => Promise<boolean>, idleMs: number): StepLoop {
    const { clock, logger, onFatal } = this.options;
    return new StepLoop({ name, step, idleMs, endsOn: [], wakesFromErrors: false, clock, logger, onFatal });
  }
}
