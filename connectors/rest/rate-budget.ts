import { HubError, type Clock, type Logger } from '#kernel';
import type { RestConfig } from './config.js';

/** What a budget needs besides its figures. */
export interface RateBudgetContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Longest wait inside a call; above it the call ends with `retry`, so that it stays within its time-out. */
  readonly maxWaitMs: number;
}

/** So many requests per second, so many at once; and silence for as long as the vendor asks for. Of one process. */
export class RateBudget {
  private tokens: number;
  private filledAtMs: number;
  private silentUntilMs = 0;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly rate: RestConfig['rate'],
    private readonly context: RateBudgetContext,
  ) {
    this.tokens = rate.burst;
    this.filledAtMs = context.clock.nowMs();
  }

  /** Does the work when the budget allows. @throws HubError HUB_SOURCE_ERROR where that would take too long */
  async spend<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      await this.waitForToken();
      return await work();
    } finally {
      this.leave();
    }
  }

  /** Asks nothing for so long. */
  silence(ms: number): void {
    this.silentUntilMs = Math.max(this.silentUntilMs, this.context.clock.nowMs() + ms);
  }

  private async enter(): Promise<void> {
    if (this.running >= this.rate.concurrency) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
  }

  /** A place goes to the next in line without being free in between, or a newcomer would be one too many. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running -= 1;
  }

  /** The token is taken before the wait, so that those who wait do not all leave at once. */
  private async waitForToken(): Promise<void> {
    const { clock, logger, maxWaitMs } = this.context;
    const nowMs = clock.nowMs();
    const silentMs = Math.max(0, this.silentUntilMs - nowMs);
    if (silentMs > maxWaitMs) throw this.tooLong(silentMs);
    if (silentMs > 0) logger.warn({ waitMs: silentMs }, 'the system limits the rate of requests: waiting');
    const waitMs = Math.max(silentMs, this.takeToken(nowMs));
    if (waitMs > 0) await clock.sleep(waitMs);
  }

  private takeToken(nowMs: number): number {
    const { perSecond, burst } = this.rate;
    const gained = (Math.max(0, nowMs - this.filledAtMs) / 1_000) * perSecond;
    this.tokens = Math.min(burst, this.tokens + gained) - 1;
    this.filledAtMs = nowMs;
    return this.tokens >= 0 ? 0 : Math.ceil((-this.tokens / perSecond) * 1_000);
  }

  private tooLong(waitMs: number): HubError {
    const seconds = Math.ceil(waitMs / 1_000);
    return new HubError(
      'HUB_SOURCE_ERROR',
      `The system limits the rate of requests; it asks for ${seconds} s of silence.`,
      {
        retryAfterMs: waitMs,
      },
    );
  }
}
