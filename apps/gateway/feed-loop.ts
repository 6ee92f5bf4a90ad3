import type { Entity } from '#contracts';
import { HubError, toHubError, type Clock, type Logger } from '#kernel';
import { assertRunnable, planSeed, SeedRun, type SeedTarget, type TopicPages } from '#replay';

/** What keeps one feed up to date. */
export interface FeedLoopOptions {
  readonly entity: Entity;
  readonly topic: string;
  readonly pages: TopicPages;
  readonly target: SeedTarget;
  /** How long the topic surely keeps a message that was superseded, less a margin. */
  readonly endValidMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onFatal: (error: HubError) => void;
}

/** Seeds a feed from its topic and follows it until it is stopped. */
export class FeedLoop {
  private readonly ending = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private isLive = false;

  constructor(private readonly options: FeedLoopOptions) {}

  /** Begins the feed, or goes on with it. @throws HubError HUB_SEED_TARGET_INVALID where the topic was made anew, HUB_TOPIC_MISSING */
  async start(): Promise<void> {
    const { topic, pages, target } = this.options;
    const plan = planSeed({ topic, ranges: await pages.offsets() }, await target.find());
    assertRunnable(plan);
    await target.prepare(topic, new Map(plan.partitions.map(({ partition, fromOffset }) => [partition, fromOffset])));
    this.running = this.follow();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
  }

  private async follow(): Promise<void> {
    const { entity, logger, onFatal, ...rest } = this.options;
    const onProgress = ({ isLive, rows }: { readonly isLive: boolean; readonly rows: number }): void => {
      if (!isLive || this.isLive) return;
      this.isLive = true;
      logger.info({ entity, entries: rows }, 'feed is live');
    };
    try {
      await new SeedRun({ ...rest, logger, follow: true, onProgress }).run(this.ending.signal);
    } catch (error) {
      if (!this.ending.signal.aborted) onFatal(toHubError(error));
    }
  }
}
