import { StepLoop, toHubError, type Clock, type Closers, type HubError, type Logger, type Metrics } from '#kernel';
import { ReadBack, type ReadBackOptions } from './read-back.js';
import type { CurrentRows, ReadBackPositions, TailPage, TopicTail } from './read-back.ports.js';

/** One compacted topic, and what knows its rows. */
export interface ReadBackTopic {
  readonly topic: string;
  readonly rows: CurrentRows;
}

/** What reading a service's topics back needs. */
export interface StartReadBackOptions extends Pick<ReadBackOptions, 'placeOf'> {
  readonly topics: readonly ReadBackTopic[];
  /** A reader for one topic. */
  readonly openTail: (topic: string) => TopicTail;
  readonly positions: ReadBackPositions;
  /** Only the process whose relay publishes reads back. */
  readonly isLeading: () => boolean;
  /** Rows were appended. */
  readonly onAppended: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly onFatal: (error: HubError) => void;
  /** Pause between two looks at the suspects, milliseconds. */
  readonly everyMs?: number;
}

const EVERY_MS = 2_000;
const STOP_AGAIN_MS = 100;
/** No topic may be called so: the positions stand beside those of consumers. */
const POSITION_PREFIX = 'read-back/';

/** Starts reading topics back, each by itself; a failure of one is tried again and stops no relay. */
export function startReadBack(options: StartReadBackOptions, closers: Closers): void {
  const followings = options.topics.map((topic) => new TopicFollowing(topic, options));
  const loops = followings.map((following) => {
    const loop = new StepLoop({
      ...{ name: `read back ${following.topic}`, idleMs: options.everyMs ?? EVERY_MS, clock: options.clock },
      ...{ logger: options.logger, endsOn: [], wakesFromErrors: false, onFatal: options.onFatal },
      step: () => following.step(),
    });
    loop.start();
    return loop;
  });
  closers.add(() => Promise.all(followings.map((following) => following.close())));
  closers.add(() => Promise.all(loops.map((loop) => loop.stop())));
}

/** One topic while this process leads: its reader, and what was found. */
class TopicFollowing {
  private readonly tail: TopicTail;
  private readBack: ReadBack | null = null;
  private reading: Promise<void> | null = null;
  private failure: HubError | null = null;
  private readonly from = new Map<number, bigint>();
  private readonly saved = new Map<number, bigint>();

  constructor(
    private readonly of: ReadBackTopic,
    private readonly options: StartReadBackOptions,
  ) {
    this.tail = options.openTail(of.topic);
  }

  get topic(): string {
    return this.of.topic;
  }

  /** Never has more to do at once. */
  async step(): Promise<boolean> {
    if (!this.options.isLeading()) {
      await this.end();
      return false;
    }
    await this.assertReading();
    const { readBack } = this;
    if (!readBack) return false;
    const appended = await readBack.settle();
    if (appended > 0) this.tell(appended);
    await this.savePositions(readBack);
    return false;
  }

  async close(): Promise<void> {
    await this.end();
    await this.tail.close();
  }

  private async end(): Promise<void> {
    // a reader that is still connecting does not hear the first call
    while (this.reading) {
      this.tail.stop();
      await Promise.race([this.reading, this.options.clock.sleep(STOP_AGAIN_MS)]);
    }
    this.readBack = null;
  }

  /** Begins to read, or throws what ended it. */
  private async assertReading(): Promise<void> {
    const { failure } = this;
    this.failure = null;
    if (failure) throw failure;
    if (this.reading) return;
    const readBack = new ReadBack({
      ...{ rows: this.of.rows, placeOf: this.options.placeOf },
      endOffsets: async () => new Map([...(await this.tail.offsets(this.of.topic))].map(([p, { high }]) => [p, high])),
    });
    await this.findStart(readBack);
    this.readBack = readBack;
    const onPage = (page: TailPage): Promise<void> => this.take(readBack, page);
    this.reading = this.tail
      .read({ topic: this.of.topic, from: this.from, onPage })
      .catch((error: unknown) => void (this.failure = toHubError(error)))
      .finally(() => (this.reading = null));
  }

  /** From the position; the first time all of the topic, for what zombies left behind before. */
  private async findStart(readBack: ReadBack): Promise<void> {
    this.from.clear();
    for (const [partition, { low, high }] of await this.tail.offsets(this.of.topic)) {
      const known = await this.options.positions.find(POSITION_PREFIX + this.of.topic, partition);
      // beyond the end: the topic was made anew
      const start = known === null || known > high || known < low ? low : known;
      this.from.set(partition, start);
      readBack.begin(partition, start);
    }
    await this.savePositions(readBack);
  }

  private async take(readBack: ReadBack, page: TailPage): Promise<void> {
    await readBack.take(page);
    this.from.set(page.partition, page.nextOffset);
  }

  private async savePositions(readBack: ReadBack): Promise<void> {
    const topic = POSITION_PREFIX + this.of.topic;
    for (const [partition, nextOffset] of readBack.positions())
      if ((this.saved.get(partition) ?? -1n) !== nextOffset) {
        await this.options.positions.advance({ topic, partition, nextOffset });
        this.saved.set(partition, nextOffset);
      }
  }

  private tell(appended: number): void {
    const { topic } = this.of;
    this.options.logger.warn({ topic, keys: appended }, 'a late batch left older events behind: rows appended anew');
    this.options.metrics.count('plumbline_read_back_appended_total', appended, { topic });
    this.options.onAppended();
  }
}
