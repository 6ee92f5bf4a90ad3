import { currentLane, HubError, type Clock, type Lane, type Logger } from '#kernel';
import type { RestConfig } from './config.js';
import { TokenBucket } from './token-bucket.js';

/** What a budget needs besides its figures. */
export interface RateBudgetContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Longest silence inside a call; above it the call ends with `retry`, so that it stays within its time-out. */
  readonly maxWaitMs: number;
  /** Share of the rate (0–1) for calls in lane `reconcile`. */
  readonly reconcileShare: number;
}

interface Waiting {
  readonly enter: () => void;
  readonly refuse: (error: HubError) => void;
}

/** Who goes first. */
const LANES: readonly Lane[] = ['live', 'bulk', 'reconcile'];

/**
 * So many requests per second, so many at once; and silence for as long as the vendor asks for. Live calls go first; the
 * others leave one place free for them, and those of rounds keep to their share. Of one process.
 */
export class RateBudget {
  private readonly all: TokenBucket;
  private readonly ofRounds: TokenBucket;
  private readonly waiting: Record<Lane, Waiting[]> = { live: [], bulk: [], reconcile: [] };
  private readonly running: Record<Lane, number> = { live: 0, bulk: 0, reconcile: 0 };
  private silentUntilMs = 0;
  private isAdmitting = false;
  private pause = new AbortController();

  constructor(
    private readonly rate: RestConfig['rate'],
    private readonly context: RateBudgetContext,
  ) {
    const { clock, reconcileShare: share } = context;
    this.all = new TokenBucket(rate.perSecond, rate.burst, clock.nowMs());
    this.ofRounds = new TokenBucket(rate.perSecond * share, Math.max(1, Math.floor(rate.burst * share)), clock.nowMs());
  }

  /** Does the work when the budget allows. @throws HubError HUB_SOURCE_ERROR where silence would take too long */
  async spend<T>(work: () => Promise<T>): Promise<T> {
    const lane = currentLane();
    await new Promise<void>((enter, refuse) => {
      this.waiting[lane].push({ enter, refuse });
      this.pause.abort(); // whoever is waited for may have to let this one go first
      void this.admit();
    });
    try {
      return await work();
    } finally {
      this.running[lane] -= 1;
      void this.admit();
    }
  }

  /** Asks nothing for so long. */
  silence(ms: number): void {
    this.silentUntilMs = Math.max(this.silentUntilMs, this.context.clock.nowMs() + ms);
  }

  /** Lets in whoever may go, in the order of lanes, until nobody may. Never fails. */
  private async admit(): Promise<void> {
    if (this.isAdmitting) return;
    this.isAdmitting = true;
    try {
      for (let next = this.next(); next !== null; next = this.next()) {
        if (next.waitMs > 0) await this.sleep(next.waitMs);
        else this.enter(next.lane);
      }
    } finally {
      this.isAdmitting = false;
    }
  }

  private enter(lane: Lane): void {
    this.all.take();
    if (lane === 'reconcile') this.ofRounds.take();
    this.running[lane] += 1;
    this.waiting[lane].shift()?.enter();
  }

  /** Who is let in next, and when; null while nobody waits for whom there is a place. */
  private next(): { readonly lane: Lane; readonly waitMs: number } | null {
    const { clock, maxWaitMs } = this.context;
    const nowMs = clock.nowMs();
    const silentMs = Math.max(0, this.silentUntilMs - nowMs);
    if (silentMs > maxWaitMs) this.refuseAll(silentMs);
    const lanes = LANES.filter((lane) => this.waiting[lane].length > 0 && this.hasPlace(lane));
    const waits = lanes.map((lane) => ({ lane, waitMs: Math.max(silentMs, this.tokenWaitMs(lane, nowMs)) }));
    return waits.reduce<(typeof waits)[number] | null>(
      (best, one) => (best === null || one.waitMs < best.waitMs ? one : best),
      null,
    );
  }

  private tokenWaitMs(lane: Lane, nowMs: number): number {
    const forAllMs = this.all.waitMs(nowMs);
    return lane === 'reconcile' ? Math.max(forAllMs, this.ofRounds.waitMs(nowMs)) : forAllMs;
  }

  private hasPlace(lane: Lane): boolean {
    const { live, bulk, reconcile } = this.running;
    const { concurrency } = this.rate;
    if (live + bulk + reconcile >= concurrency) return false;
    return lane === 'live' || bulk + reconcile < Math.max(1, concurrency - 1);
  }

  private async sleep(waitMs: number): Promise<void> {
    const { clock, logger } = this.context;
    if (this.silentUntilMs > clock.nowMs()) logger.warn({ waitMs }, 'the system limits the rate of requests: waiting');
    this.pause = new AbortController();
    await clock.sleep(waitMs, this.pause.signal);
  }

  private refuseAll(silentMs: number): void {
    for (const lane of LANES) for (const { refuse } of this.waiting[lane].splice(0)) refuse(tooLong(silentMs));
  }
}

function tooLong(waitMs: number): HubError {
  const seconds = Math.ceil(waitMs / 1_000);
  const message = `The system limits the rate of requests; it asks for ${seconds} s of silence.`;
  return new HubError('HUB_SOURCE_ERROR', message, { retryAfterMs: waitMs });
}
