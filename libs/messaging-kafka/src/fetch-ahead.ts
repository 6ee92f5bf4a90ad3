/** What a broker is asked for, as kafkajs says it. */
export interface FetchRequest {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly PartitionRequest[];
  }[];
}
interface PartitionRequest {
  readonly partition: number;
  readonly fetchOffset: string;
}

/** What is looked at of an answer: the last offset that came of each partition, if any came. */
export interface FetchAnswer {
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly messages: readonly { readonly offset: string }[];
    }[];
  }[];
}

/** How it is known what is asked for next; tests replace a rule to see that they notice. */
export interface AheadRules {
  /** What a request asks for: an answer to one is an answer to any that asks for the same. */
  wantedBy(request: FetchRequest): string;
  /** First offset behind what came, by {@link partitionId}; of partitions of which nothing came, none. */
  endsOf(answer: FetchAnswer): ReadonlyMap<string, string>;
}

/** The rules as shipped. */
export const AHEAD_RULES: AheadRules = { wantedBy, endsOf };

interface Ahead<A> {
  readonly wanted: string;
  readonly settled: Promise<readonly [PromiseSettledResult<A>]>;
}

/**
 * Asks a broker for what will be wanted next while the last answer is handled, so that no handler waits for the network. At
 * most one answer lies waiting. It is handed over only for exactly the same partitions and offsets: after a seek, a pause or
 * a page that was not handled it is thrown away, unread. An answer without messages is not followed by a guess, since the
 * broker would hold up the next request until that has waited.
 */
export class FetchAhead<R extends FetchRequest, A extends FetchAnswer> {
  private ahead: Ahead<A> | null = null;

  constructor(
    private readonly send: (request: R) => Promise<A>,
    private readonly rules = AHEAD_RULES,
  ) {}

  /** Calls must not overlap. @throws what `send` rejects with, also where that was asked ahead */
  async fetch(request: R): Promise<A> {
    const answer = await this.answerTo(request);
    const ends = this.rules.endsOf(answer);
    if (ends.size > 0) this.ask(behind(request, ends));
    return answer;
  }

  /** An error is kept for whoever asks for the same. */
  private ask(request: R): void {
    this.ahead = { wanted: this.rules.wantedBy(request), settled: Promise.allSettled([this.send(request)]) };
  }

  private async answerTo(request: R): Promise<A> {
    const { ahead } = this;
    this.ahead = null;
    if (ahead?.wanted !== this.rules.wantedBy(request)) return this.send(request);
    const [result] = await ahead.settled;
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }
}

/** A partition as {@link AheadRules} name it. */
export function partitionId(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/** The order of topics and partitions is shuffled, and does not matter. */
function wantedBy({ topics }: FetchRequest): string {
  const parts = topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, fetchOffset }) => `${partitionId(topic, partition)}@${fetchOffset}`),
  );
  return parts.sort().join();
}

function endsOf({ responses }: FetchAnswer): Map<string, string> {
  const ends = new Map<string, string>();
  for (const { topicName, partitions } of responses)
    for (const { partition, messages } of partitions) {
      const last = messages.at(-1);
      if (last) ends.set(partitionId(topicName, partition), String(BigInt(last.offset) + 1n));
    }
  return ends;
}

function behind<R extends FetchRequest>(request: R, ends: ReadonlyMap<string, string>): R {
  const topics = request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((asked) => ({
      ...asked,
      fetchOffset: ends.get(partitionId(topic, asked.partition)) ?? asked.fetchOffset,
    })),
  }));
  return { ...request, topics };
}
