import { backoffMs, toHubError, type Clock, type HubError, type Logger } from '#kernel';

/** What a background loop needs. */
export interface BackgroundLoopOptions {
  readonly name: string;
  /** One step; true when there is more to do at once. */
  readonly step: () => Promise<boolean>;
  readonly idleMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called once for an error that no retry mends; the process should exit non-zero. */
  readonly onFatal: (error: HubError) => void;
}

/** Repeats a step until stopped; backs off while its errors say that it may work later. */
export class BackgroundLoop {
  private readonly stopping = new AbortController();
  private idle = new AbortController();
  private isWoken = false;
  private running: Promise<void> | null = null;

  constructor(private readonly options: BackgroundLoopOptions) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Ends a pause early, or makes the step in flight be followed by another at once. */
  wake(): void {
    this.isWoken = true;
    this.idle.abort();
  }

  /** Ends after the step in flight. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.stopping.signal.aborted;) {
      try {
        this.isWoken = false;
        const hasMore = await this.options.step();
        failures = 0;
        if (!hasMore) await this.pause(this.options.idleMs);
      } catch (error) {
        failures += 1;
        if (!(await this.recover(toHubError(error), failures))) return;
      }
    }
  }

  /** False when the loop is over. */
  private async recover(error: HubError, failures: number): Promise<boolean> {
    const { name, logger, onFatal, clock } = this.options;
    logger.warn({ loop: name, code: error.code, failures, reason: error.message }, 'loop interrupted');
    if (error.disposition !== 'retry' && error.disposition !== 'reload') {
      onFatal(error);
      return false;
    }
    await clock.sleep(backoffMs(failures, Math.random), this.stopping.signal);
    return true;
  }

  private async pause(ms: number): Promise<void> {
    if (this.isWoken || this.stopping.signal.aborted) return;
    this.idle = new AbortController();
    await this.options.clock.sleep(ms, this.idle.signal);
  }
}
