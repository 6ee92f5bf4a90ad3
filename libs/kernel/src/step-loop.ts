import { backoffMs } from './backoff.js';
import type { Clock } from './clock.js';
import type { Disposition } from './error-codes.js';
import { toHubError, type HubError } from './hub-error.js';
import type { Logger } from './ports.js';

/** How a loop fares: `down` tries again by itself, `stopped` waits for an operator and looks again now and then. */
export type LoopState = 'running' | 'down' | 'stopped';

/** What a loop needs. */
export interface StepLoopOptions {
  readonly name: string;
  /** One step; true when there is more to do at once. */
  readonly step: () => Promise<boolean>;
  /** Pause after a step that found nothing, in milliseconds; doubles up to `maxIdleMs` while nothing is found. */
  readonly idleMs: number;
  /** `idleMs` unless given. */
  readonly maxIdleMs?: number;
  /** Dispositions that end the loop; the others make it try again, after a back-off or, for `stop`, after 15 seconds. */
  readonly endsOn: readonly Disposition[];
  /** Whether {@link StepLoop.wake} also ends the wait after an error. */
  readonly wakesFromErrors: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called once, when an error ended the loop; the process should exit non-zero. {@link StepLoop.stop} waits for it. */
  readonly onFatal: (error: HubError) => void | Promise<void>;
  /** Source of jitter in [0, 1). */
  readonly random?: () => number;
}

/** After an error that only an operator mends, the step is tried again so often: the mending needs no restart. */
const STOPPED_RETRY_MS = 15_000;

/** Repeats one step until stopped, by the dispositions of its errors. */
export class StepLoop {
  private readonly stopping = new AbortController();
  private pausing = new AbortController();
  private running: Promise<void> | null = null;
  private isWoken = false;
  private currentState: LoopState = 'running';
  private currentProblem: string | null = null;

  constructor(private readonly options: StepLoopOptions) {}

  get state(): LoopState {
    return this.currentState;
  }

  /** What keeps the loop from running, with what to do; null while it runs. */
  get problem(): string | null {
    return this.currentProblem;
  }

  /** Begins; a second call changes nothing. */
  start(): void {
    this.running ??= this.run();
  }

  /** Ends a pause early, or makes the step in flight be followed by another at once. */
  wake(): void {
    this.isWoken = true;
    this.pausing.abort();
  }

  /** Ends after the step in flight. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.pausing.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { step, idleMs, maxIdleMs = idleMs, onFatal } = this.options;
    let [failures, pauseMs] = [0, idleMs];
    while (!this.stopping.signal.aborted) {
      try {
        this.isWoken = false;
        const hasMore = await step();
        failures = 0;
        this.note('running', null);
        if (!hasMore) await this.pause(pauseMs);
        pauseMs = hasMore ? idleMs : Math.min(pauseMs * 2, maxIdleMs);
      } catch (thrown) {
        const error = toHubError(thrown);
        failures += 1;
        this.note(error.disposition === 'stop' || this.ends(error) ? 'stopped' : 'down', error);
        if (this.ends(error)) return onFatal(error);
        await this.waitAfter(error, failures);
      }
    }
  }

  private ends({ disposition }: HubError): boolean {
    return disposition === 'crash' || this.options.endsOn.includes(disposition);
  }

  private async waitAfter({ disposition }: HubError, failures: number): Promise<void> {
    const { random = Math.random, wakesFromErrors, clock } = this.options;
    const ms = disposition === 'stop' ? STOPPED_RETRY_MS : backoffMs(failures, random);
    if (!wakesFromErrors) return clock.sleep(ms, this.stopping.signal);
    // What woke the step that failed must not make it fail again at once.
    this.isWoken = false;
    await this.pause(ms);
  }

  private async pause(ms: number): Promise<void> {
    if (this.isWoken || this.stopping.signal.aborted) return;
    this.pausing = new AbortController();
    await this.options.clock.sleep(ms, this.pausing.signal);
  }

  /** Logs what is new: a system that is away for an hour is two lines. */
  private note(state: LoopState, error: HubError | null): void {
    const { logger, name } = this.options;
    const problem = error && `${error.message} ${error.hint}`;
    if (error && problem !== this.currentProblem)
      logger.warn({ loop: name, code: error.code, reason: error.message, details: error.details }, 'loop waits');
    if (!error && this.currentState !== 'running') logger.info({ loop: name }, 'loop goes on');
    this.currentState = state;
    this.currentProblem = problem;
  }
}
