import type { PartitionWindow, ReplayPage, ReplaySource } from '#replay';
import type { KafkaConnection } from './kafka-connection.js';
import { KafkaTopics, type OffsetRange } from './kafka-topics.js';
import { TopicReader, type TopicPage } from './topic-reader.js';

const PAGE_SIZE = 5_000;
const STOP_POLL_MS = 50;

/** A topic as a replay reads it: bounded windows, in order, without a gap. It commits no offsets. */
export class KafkaReplaySource implements ReplaySource {
  private readonly topics: KafkaTopics;

  constructor(
    private readonly connection: KafkaConnection,
    private readonly topic: string,
  ) {
    this.topics = new KafkaTopics(connection);
  }

  offsets(): Promise<ReadonlyMap<number, OffsetRange>> {
    return this.topics.offsets(this.topic);
  }

  offsetsAt(timeMs: number): Promise<ReadonlyMap<number, bigint>> {
    return this.topics.offsetsAt(this.topic, timeMs);
  }

  async isTimeOrdered(): Promise<boolean> {
    return (await this.topics.configOf(this.topic))['message.timestamp.type'] === 'LogAppendTime';
  }

  async read(
    windows: readonly PartitionWindow[],
    onPage: (page: ReplayPage) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const open = new Map(windows.map((window) => [window.partition, window]));
    if (open.size === 0 || signal.aborted) return;
    const reader = new TopicReader(this.connection);
    const take = async (page: TopicPage): Promise<void> => {
      const window = open.get(page.partition);
      if (!window || signal.aborted) return;
      const cut = cutToWindow(page, window);
      await onPage(cut);
      if (cut.nextOffset < window.untilOffset) open.set(page.partition, { ...window, fromOffset: cut.nextOffset });
      else open.delete(page.partition);
      if (open.size === 0) reader.stop();
    };
    // A stop is lost while the reader still joins its group, so it is repeated until the read has ended.
    const stopping = setInterval(() => signal.aborted && reader.stop(), STOP_POLL_MS);
    try {
      const from = new Map(windows.map(({ partition, fromOffset }) => [partition, fromOffset]));
      const until = new Map(windows.map(({ partition, untilOffset }) => [partition, untilOffset]));
      await reader.read({ topic: this.topic, from, until, pageSize: PAGE_SIZE, onPage: take });
    } finally {
      clearInterval(stopping);
      await reader.close();
    }
  }

  close(): Promise<void> {
    return this.topics.close();
  }
}

/** A page begins where the one before ended; the broker may hand over what lies before or behind the window. */
function cutToWindow({ partition, messages, nextOffset }: TopicPage, window: PartitionWindow): ReplayPage {
  const { fromOffset, untilOffset } = window;
  const inside = messages.filter(({ offset }) => offset >= fromOffset && offset < untilOffset);
  return { partition, fromOffset, messages: inside, nextOffset: nextOffset < untilOffset ? nextOffset : untilOffset };
}
