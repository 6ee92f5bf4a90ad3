import { Closers, HubError } from '#kernel';
import { KafkaBatchServer, type KafkaBatchOptions } from '#messaging-kafka';
import { serveConsumerApp } from '#observability';
import type { RecordIndexStore } from '#record-index';
import type { HubTopics } from './hub-topics.js';
import { INDEXED_PAGES } from './indexed-pages.controller.js';
import { IndexedPagesModule } from './indexer.module.js';
import type { PageIndexer } from './page-indexer.js';

/** What the consumer is made of. */
export interface IndexingConsumerOptions extends Omit<KafkaBatchOptions, 'routes'> {
  readonly indexer: PageIndexer;
  readonly hubTopics: HubTopics;
  readonly store: Pick<RecordIndexStore, 'cleanUp'>;
  /** Called when the topics have to be looked at at once. */
  readonly onLost: () => void;
}

/** What begins anew heals: the log lost what comes next, or a topic is gone. */
const HEALED = new Set(['HUB_DATABASE_OLD', 'HUB_TOPIC_MISSING']);

/** Consumes every topic of the hub that there is; begins anew where there are others, or where a log is not what it was. */
export class IndexingConsumer {
  private topics: readonly string[] = [];
  private strategy: KafkaBatchServer | null = null;
  private closers = new Closers();
  private isLost = false;

  constructor(private readonly options: IndexingConsumerOptions) {}

  /** Whether it consumes, or will soon. */
  get isUp(): boolean {
    return this.isLost || this.strategy === null || !['failed', 'stopped'].includes(this.strategy.state);
  }

  /** One look at the topics, and one step of cleaning up. @returns whether there is more to clean up */
  async step(): Promise<boolean> {
    const topics = await this.options.hubTopics.look();
    if (this.isLost || topics.join() !== this.topics.join()) await this.restart(topics);
    return !(await this.options.store.cleanUp()).isDone;
  }

  async close(): Promise<void> {
    const { closers } = this;
    this.closers = new Closers();
    await closers.close();
  }

  private async restart(topics: readonly string[]): Promise<void> {
    await this.close();
    this.strategy = null;
    this.topics = [];
    await this.options.hubTopics.takeUp();
    if (topics.length > 0) await this.start(topics);
    this.isLost = false;
    this.topics = topics;
    this.options.logger.info({ topics: topics.length }, 'indexing');
  }

  private async start(topics: readonly string[]): Promise<void> {
    const { indexer, logger, onFatal, onLost } = this.options;
    const strategy = new KafkaBatchServer({
      ...this.options,
      routes: topics.map((topic) => ({ topic, pattern: INDEXED_PAGES, values: 'raw' as const })),
      onFatal: (error: HubError) => {
        if (!HEALED.has(error.code)) return onFatal(error);
        this.isLost = true;
        onLost();
      },
    });
    await serveConsumerApp(IndexedPagesModule.forRoot(indexer), { strategy, logger }, this.closers);
    this.strategy = strategy;
  }
}
