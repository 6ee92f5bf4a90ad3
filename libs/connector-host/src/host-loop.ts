import { backoffMs, toHubError, type Clock, type HubError, type Logger } from '#kernel';

/** How a loop fares; `stopped` waits for an operator and looks again now and then. */
export type LoopState = 'running' | 'down' | 'stopped';

/** What a loop needs. */
export interface HostLoopOptions {
  readonly name: string;
  /** One step; true when there is more to do at once. */
  readonly step: () => Promise<boolean>;
  /** Pause after a step that found nothing; {@link HostLoop.wake} ends it early. */
  readonly idleMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Called once for an error that no retry mends; the process should exit non-zero. */
  readonly onFatal: (error: HubError) => void;
}

/** After an error that only an operator mends, the step is tried again so often: the mending needs no restart. */
const STOPPED_RETRY_MS = 15_000;

/** Repeats one step of the host until stopped, by the dispositions of its errors. */
export class HostLoop {
  private readonly stopping = new AbortController();
  private idle = new AbortController();
  private running: Promise<void> | null = null;
  private isWoken = false;
  private currentState: LoopState = 'running';
  private currentProblem: string | null = null;

  constructor(private readonly options: HostLoopOptions) {}

  get state(): LoopState {
    return this.currentState;
  }

  get problem(): string | null {
    return this.currentProblem;
  }

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
    this.idle.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.stopping.signal.aborted;) {
      try {
        this.isWoken = false;
        const hasMore = await this.options.step();
        failures = 0;
        this.note('running', null);
        if (!hasMore) await this.pause(this.options.idleMs);
      } catch (error) {
        failures += 1;
        const waitMs = this.waitAfter(toHubError(error), failures);
        if (waitMs === null) return;
        this.isWoken = false;
        await this.pause(waitMs);
      }
    }
  }

  /** Milliseconds until the next try; null when there is none. */
  private waitAfter(error: HubError, failures: number): number | null {
    const { random, onFatal } = this.options;
    switch (error.disposition) {
      case 'retry':
      case 'reload':
      case 'park':
        this.note('down', error);
        return backoffMs(failures, random);
      case 'stop':
        this.note('stopped', error);
        return STOPPED_RETRY_MS;
      case 'crash':
        this.note('stopped', error);
        onFatal(error);
        return null;
    }
  }

  private note(state: LoopState, error: HubError | null): void {
    const { logger, name } = this.options;
    const problem = error && `${error.message} ${error.hint}`;
    if (error && problem !== this.currentProblem)
      logger.warn({ loop: name, code: error.code, reason: error.message, details: error.details }, 'loop waits');
    if (!error && this.currentState !== 'running') logger.info({ loop: name }, 'loop goes on');
    this.currentState = state;
    this.currentProblem = problem;
  }

  private async pause(ms: number): Promise<void> {
    if (this.isWoken || this.stopping.signal.aborted) return;
    this.idle = new AbortController();
    await this.options.clock.sleep(ms, this.idle.signal);
  }
}
