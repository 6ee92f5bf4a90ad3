import { TopicReader, type KafkaConnection, type TopicPage } from '#messaging-kafka';
import { indexOf } from './events.js';

/** What a topic holds of the events that were committed. */
export interface TopicCheck {
  /** Events that are not in the topic. */
  readonly lost: number;
  readonly duplicates: number;
  /** First occurrences that come after a later event of their key, or in another partition than their key's first. */
  readonly outOfOrder: number;
  /** Names of the headers, sorted; all messages have the same, or it is a list of every set found. */
  readonly headerNames: readonly string[];
  /** Time at which the broker appended each event first, milliseconds since the epoch, by the event's number. */
  readonly appendedAtMs: Float64Array;
}

interface KeyState {
  readonly partition: number;
  last: number;
}

/** Reads the topic from its begin to its end and compares it with events 0 … `count - 1`. */
export async function checkTopic(connection: KafkaConnection, topic: string, count: number): Promise<TopicCheck> {
  const reader = new TopicReader(connection);
  const found = new Findings(count);
  try {
    await reader.readToEnd({ topic, from: new Map(), onPage: async (page) => found.take(page), pageSize: 5_000 });
  } finally {
    await reader.close();
  }
  return found.result();
}

class Findings {
  private readonly appendedAtMs: Float64Array;
  private readonly keys = new Map<string, KeyState>();
  private readonly headerSets = new Set<string>();
  private duplicates = 0;
  private outOfOrder = 0;

  constructor(count: number) {
    this.appendedAtMs = new Float64Array(count);
  }

  take({ partition, messages }: TopicPage): void {
    for (const { key, value, headers, timestampMs } of messages) {
      const index = indexOf(value ?? Buffer.alloc(0));
      this.headerSets.add(Object.keys(headers).sort().join(' '));
      if ((this.appendedAtMs[index] ?? 0) > 0) {
        this.duplicates += 1;
        continue;
      }
      this.appendedAtMs[index] = timestampMs;
      this.judgeOrder(key, partition, index);
    }
  }

  result(): TopicCheck {
    const { duplicates, outOfOrder, appendedAtMs } = this;
    const lost = appendedAtMs.reduce((sum, atMs) => sum + (atMs > 0 ? 0 : 1), 0);
    const [first = '', ...others] = this.headerSets;
    const headerNames = others.length > 0 ? [...this.headerSets] : first.split(' ');
    return { lost, duplicates, outOfOrder, headerNames, appendedAtMs };
  }

  private judgeOrder(key: string, partition: number, index: number): void {
    const state = this.keys.get(key);
    if (!state) this.keys.set(key, { partition, last: index });
    else if (state.partition !== partition || index < state.last) this.outOfOrder += 1;
    else state.last = index;
  }
}
