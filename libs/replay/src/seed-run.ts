import { backoffMs, HubError, toHubError, type Clock, type Logger } from '#kernel';
import type { OffsetRange, SeedPage, SeedPosition, SeedTarget, TopicPages } from './ports.js';
import { ProgressMeter, type SeedProgress } from './seed-progress.js';

/** What a seed is made of. The target must have been prepared. */
export interface SeedRunOptions {
  readonly pages: TopicPages;
  readonly target: SeedTarget;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Goes on with live events after the seed, until the signal is aborted. */
  readonly follow: boolean;
  /** How long the topic surely keeps a message that was superseded, less a margin for clocks that drift. */
  readonly endValidMs: number;
  /** Told after every page; the next page waits for it. */
  readonly onProgress?: (progress: SeedProgress) => void | Promise<void>;
  readonly random?: () => number;
}

const MAX_ATTEMPTS = 10;

/**
 * Brings a target to an exact state of the topic and hands over to live events. Both are one read and one table of
 * positions, so there is nothing between them to lose or to repeat. A partition is done when its position reaches an end
 * offset that was drawn less than `endValidMs` before: until then nothing that was current at that end can have been
 * compacted away. Older ends are drawn again.
 */
export class SeedRun {
  private readonly meter: ProgressMeter;
  private ends: ReadonlyMap<number, OffsetRange> = new Map();
  private drawnAtMs = Number.NEGATIVE_INFINITY;
  private isLive = false;
  /** The page that the target is taking, of which nobody waits for the end yet. Never rejects. */
  private pending: Promise<unknown> | null = null;
  private failure: { readonly error: unknown } | null = null;

  constructor(private readonly options: SeedRunOptions) {
    this.meter = new ProgressMeter(() => options.clock.nowMs());
  }

  /**
   * Resolves when the seed is done, with `follow` when `signal` is aborted; also stops early then. What may work later
   * is tried again, with back-off, as long as pages are applied between two failures.
   * @throws HubError HUB_SEED_TARGET_INVALID, HUB_BROKER_*, HUB_DATABASE_*, HUB_REGISTRY_*, HUB_TOPIC_MISSING
   */
  async run(signal: AbortSignal): Promise<SeedProgress> {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const before = this.meter.read(this.isLive).messages;
      try {
        await this.readOnce(signal);
        break;
      } catch (error) {
        if (this.meter.read(this.isLive).messages > before) attempt = 1;
        await this.pauseOrThrow(toHubError(error), attempt, signal);
      }
    }
    return this.meter.read(this.isLive);
  }

  private async readOnce(signal: AbortSignal): Promise<void> {
    this.failure = null;
    const positions = await this.positions();
    await this.drawEnds();
    this.meter.start(positions, this.ends);
    await this.takeGiven(positions, signal);
    if (signal.aborted) return;
    const stop = new AbortController();
    for (const [partition, { nextOffset }] of positions)
      await this.apply({ partition, fromOffset: nextOffset, nextOffset, messages: [], unreadable: [] }, stop);
    if (stop.signal.aborted) return;
    const from = new Map([...positions].map(([partition, { nextOffset }]) => [partition, nextOffset]));
    const onPage = (page: SeedPage): Promise<void> => this.take(page, stop);
    try {
      await this.options.pages.read(from, onPage, AbortSignal.any([signal, stop.signal]));
    } finally {
      await this.pending;
    }
    this.throwFailure();
  }

  /** Complete before the first message is read: a position that has moved says that they are all there. */
  private async takeGiven(positions: ReadonlyMap<number, SeedPosition>, signal: AbortSignal): Promise<void> {
    const { pages, target, onProgress } = this.options;
    for await (const page of pages.given?.() ?? []) {
      if (signal.aborted) return;
      const { nextOffset, state } = positions.get(page.partition) ?? {};
      if (state !== 'seeding' || nextOffset !== page.fromOffset) continue;
      this.meter.add(page, await target.apply(page, this.endOf(page.partition)));
      await onProgress?.(this.meter.read(false));
    }
  }

  /** The target takes a page while the next one is read; what follows live events has nothing to wait with. */
  private async take(page: SeedPage, stop: AbortController): Promise<void> {
    await this.pending;
    this.throwFailure();
    this.pending = this.apply(page, stop).catch((error: unknown) => {
      this.failure = { error };
      stop.abort();
    });
    if (!this.isLive) return;
    await this.pending;
    this.throwFailure();
  }

  private throwFailure(): void {
    const { failure } = this;
    this.failure = null;
    if (failure) throw failure.error;
  }

  private async apply(page: SeedPage, stop: AbortController): Promise<void> {
    const { clock, target, follow, endValidMs, onProgress } = this.options;
    if (!this.isLive && clock.nowMs() - this.drawnAtMs >= endValidMs) {
      await this.drawEnds();
      this.meter.redraw(this.ends);
    }
    const end = this.endOf(page.partition);
    const outcome = await target.apply(page, end);
    this.meter.add(page, outcome);
    if (outcome.position.nextOffset >= end) assertLive(page.partition, outcome.position);
    if (this.meter.hasPassedEnds) this.isLive = true;
    await onProgress?.(this.meter.read(this.isLive));
    if (this.isLive && !follow) stop.abort();
  }

  /** The time is taken before the question: the ends are at least as new as it says. */
  private async drawEnds(): Promise<void> {
    const askedAtMs = this.options.clock.nowMs();
    this.ends = await this.options.pages.offsets();
    this.drawnAtMs = askedAtMs;
  }

  private endOf(partition: number): bigint {
    const range = this.ends.get(partition);
    if (range) return range.high;
    throw new HubError('HUB_SEED_TARGET_INVALID', 'The topic lost a partition.', { partition });
  }

  private async positions(): Promise<ReadonlyMap<number, SeedPosition>> {
    const state = await this.options.target.find();
    if (state.kind === 'seed') return state.positions;
    throw new HubError('HUB_SEED_TARGET_INVALID', 'The tables of the seed are gone.');
  }

  private async pauseOrThrow(error: HubError, attempt: number, signal: AbortSignal): Promise<void> {
    const { clock, logger, random = Math.random } = this.options;
    const mayWorkLater = error.disposition === 'retry' || error.disposition === 'reload';
    if (!mayWorkLater || attempt >= MAX_ATTEMPTS) throw error;
    logger.warn({ code: error.code, attempt, reason: error.message }, 'seed interrupted, going on');
    await clock.sleep(backoffMs(attempt, random), signal);
  }
}

/** Where another seeder moved the position meanwhile, this one looks again: its end proves nothing of those pages. */
function assertLive(partition: number, { nextOffset, state }: SeedPosition): void {
  if (state === 'live') return;
  const details = { partition, position: nextOffset };
  throw new HubError('HUB_VERSION_CONFLICT', 'Another seeder is at work on the same target.', details);
}
