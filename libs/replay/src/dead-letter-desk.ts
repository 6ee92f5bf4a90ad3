import { randomUUID } from 'node:crypto';
import { HubError } from '#kernel';
import type {
  DeadLetter,
  DeadLetterChoice,
  DeadLetterStore,
  LetterTopics,
  OrderedLetter,
} from './dead-letter-ports.js';
import { placeName } from './dead-letter-ports.js';
import type { ReplayCluster } from './replay-cluster.js';
import { laneName } from './replay-destination.js';
import { REPLAY_HEADERS } from './replay-headers.js';
import type { ReplayMessage, ReplayRecord, ReplayTarget } from './replay-ports.js';

/** Header of a retried message: the id of its letter, by which it is known when it is parked again. */
export const RETRY_HEADER = 'x-plumbline-retry-of';

/** Header of what is sent where a letter is given up that holds its key: no message, but a word to its consumer. */
export const RELEASE_HEADER = 'x-plumbline-release-key';

/** What a choice comes to. */
export interface RetryPlan {
  readonly letters: number;
  /** Letters that wait behind another one of their key: their consumer releases them in order, a retry would overtake. */
  readonly held: number;
  /** Lanes through which the letters go, and whether their group reads them. */
  readonly lanes: readonly { readonly lane: string; readonly group: string; readonly isRead: boolean }[];
}

/** What was sent. */
export interface RetryOutcome {
  readonly sent: number;
  /** Letters whose message is not in the dead-letter topic any more, or never was; open again. */
  readonly gone: number;
}

/** What the desk works with. */
export interface DeadLetterDeskOptions {
  readonly store: DeadLetterStore;
  readonly topics: LetterTopics;
  readonly cluster: ReplayCluster;
  /** Topic prefix of the hub. */
  readonly prefix: string;
  /** For fault runs: passed between what it names and the next step. */
  readonly failpoint?: (name: 'dead-letters:sent') => void;
}

const CHUNK = 2_000;
const LEASE_MS = 30_000;

/** Dead letters for people: looked at, sent once more, or given up. What a command line and an HTTP API have in common. */
export class DeadLetterDesk {
  private readonly targets = new Map<string, ReplayTarget>();

  constructor(private readonly options: DeadLetterDeskOptions) {}

  /** Brings the index up to the ends of all dead-letter topics under the hub's prefix. @throws HubError HUB_BROKER_*, HUB_DATABASE_* */
  async sync(signal: AbortSignal): Promise<void> {
    const { store, topics, prefix } = this.options;
    for (const topic of await topics.names(prefix))
      await topics.readNew(topic, await store.positions(topic), (page) => store.addPage(page), signal);
  }

  /** What a retry of these letters would do. */
  async planRetry(choice: DeadLetterChoice): Promise<RetryPlan> {
    const { store, cluster, prefix } = this.options;
    const { letters, held } = await store.count(choice);
    const lanes = new Map<string, string>();
    for (const { consumer, topics } of await store.groups(choice))
      for (const topic of topics) lanes.set(laneName(prefix, consumer, topic), consumer);
    const looked = [...lanes].map(async ([lane, group]) => {
      const readers = await cluster.readersOf(lane);
      return { lane, group, isRead: readers.some((reader) => reader.groupId === group && reader.isSubscribed) };
    });
    return { letters: letters - held, held, lanes: await Promise.all(looked) };
  }

  /**
   * Sends open letters once more, through the private lanes of their consumers, in order per key. All are marked first, in one
   * transaction; killed, the next retry goes on with those that are not noted as sent.
   * @throws HubError HUB_REPLAY_REFUSED where a group does not read its lane; HUB_REPLAY_BUSY, HUB_BROKER_*, HUB_DATABASE_*
   */
  async retry(choice: DeadLetterChoice, actor: string, signal: AbortSignal): Promise<RetryOutcome> {
    await this.orderRetry(choice, actor);
    return this.sendOrdered(signal);
  }

  /** Marks open letters as to be sent, all or none; {@link DeadLetterDesk.sendOrdered} sends them. @returns how many @throws HubError as {@link DeadLetterDesk.retry} */
  async orderRetry(choice: DeadLetterChoice, actor: string): Promise<number> {
    const { lanes } = await this.planRetry(choice);
    const unread = lanes.find(({ isRead }) => !isRead);
    if (unread)
      throw new HubError('HUB_REPLAY_REFUSED', `${unread.group} does not read its lane ${unread.lane}.`, { ...unread });
    return this.options.store.orderRetry(choice, actor);
  }

  /**
   * Gives open letters up, all or none, and tells consumers whose keys they hold: those hand on what waits behind them. Killed
   * in between, the next {@link DeadLetterDesk.sendOrdered} tells them. @returns how many @throws HubError HUB_REPLAY_BUSY, HUB_BROKER_*
   */
  async discard(
    choice: DeadLetterChoice,
    how: { readonly reason: string; readonly actor: string },
    signal: AbortSignal,
  ): Promise<number> {
    const discarded = await this.options.store.discard(choice, how);
    if ((await this.options.store.nextGivenUp(1)).length > 0) await this.sendOrdered(signal);
    return discarded;
  }

  /** Sends what is marked; also what a killed retry left. @throws HubError HUB_REPLAY_BUSY while another process does */
  async sendOrdered(signal: AbortSignal): Promise<RetryOutcome> {
    const { store } = this.options;
    const owner = randomUUID();
    if (!(await store.lease(owner, LEASE_MS)))
      throw new HubError('HUB_REPLAY_BUSY', 'Another process sends dead letters at this moment.');
    try {
      let [sent, gone] = [0, 0];
      while (!signal.aborted) {
        const letters = await store.nextOrdered(CHUNK);
        if (letters.length === 0) break;
        const messages = await this.fetchAll(letters, signal);
        if (signal.aborted) break; // what was not fetched is not gone
        const outcome = await this.sendChunk(letters, messages);
        this.options.failpoint?.('dead-letters:sent');
        await store.settle(owner, outcome);
        await store.lease(owner, LEASE_MS);
        [sent, gone] = [sent + outcome.sent.length, gone + outcome.gone.length];
      }
      await this.tellGivenUp(owner, signal);
      return { sent, gone };
    } finally {
      await store.release(owner);
    }
  }

  /** The message of a letter. @throws HubError HUB_NOT_FOUND when it is not in the topic any more */
  async message({ place, id }: DeadLetter, signal: AbortSignal): Promise<ReplayMessage> {
    const found = (await this.options.topics.fetch(place.topic, [place], signal)).get(placeName(place));
    if (found) return found;
    throw new HubError('HUB_NOT_FOUND', `The message of the letter ${id} is not in ${place.topic} any more.`, { id });
  }

  private async tellGivenUp(owner: string, signal: AbortSignal): Promise<void> {
    const { store, cluster, prefix } = this.options;
    while (!signal.aborted) {
      const letters = await store.nextGivenUp(CHUNK);
      if (letters.length === 0) return;
      for (const letter of letters) {
        const lane = laneName(prefix, letter.consumer, letter.origin.topic);
        await cluster.ensure(lane, 'lane', (await cluster.partitionsOf(letter.origin.topic)) ?? 1);
        await this.targetOf(lane).send([toGivenUp(letter)]);
      }
      await store.settleGivenUp(
        owner,
        letters.map(({ id }) => id),
      );
      await store.lease(owner, LEASE_MS);
    }
  }

  private async sendChunk(
    letters: readonly OrderedLetter[],
    messages: ReadonlyMap<string, ReplayMessage>,
  ): Promise<{ readonly sent: string[]; readonly gone: string[] }> {
    const sent: string[] = [];
    const gone: string[] = [];
    const byLane = new Map<string, ReplayRecord[]>();
    for (const letter of letters) {
      const message = messages.get(`${letter.place.topic} ${placeName(letter.place)}`);
      if (!message || !letter.hasValue) gone.push(letter.id);
      else {
        const lane = laneName(this.options.prefix, letter.consumer, letter.origin.topic);
        const records = byLane.get(lane) ?? [];
        byLane.set(lane, records);
        records.push(toRetried(letter, message));
        sent.push(letter.id);
      }
    }
    for (const [lane, records] of byLane) await this.targetOf(lane).send(records);
    return { sent, gone };
  }

  private async fetchAll(letters: readonly OrderedLetter[], signal: AbortSignal): Promise<Map<string, ReplayMessage>> {
    const all = new Map<string, ReplayMessage>();
    for (const topic of new Set(letters.map(({ place }) => place.topic))) {
      const places = letters.filter(({ place }) => place.topic === topic).map(({ place }) => place);
      for (const [name, message] of await this.options.topics.fetch(topic, places, signal))
        all.set(`${topic} ${name}`, message);
    }
    return all;
  }

  private targetOf(lane: string): ReplayTarget {
    const target = this.targets.get(lane) ?? this.options.cluster.target(lane);
    this.targets.set(lane, target);
    return target;
  }
}

function toGivenUp({ origin, key }: DeadLetter): ReplayRecord {
  const headers = { [RELEASE_HEADER]: String(origin.offset), [REPLAY_HEADERS.topic]: origin.topic };
  return { partition: null, key, value: null, headers };
}

/** By its key and not by its partition: a lane may have been made when its topic had others. */
function toRetried({ id, origin, key, edited }: OrderedLetter, message: ReplayMessage): ReplayRecord {
  return {
    partition: null,
    key,
    value: edited ?? message.value,
    headers: {
      ...message.headers,
      [RETRY_HEADER]: id,
      [REPLAY_HEADERS.id]: `retry-${id}`,
      [REPLAY_HEADERS.topic]: origin.topic,
      [REPLAY_HEADERS.partition]: String(origin.partition),
      [REPLAY_HEADERS.offset]: String(origin.offset),
      [REPLAY_HEADERS.timestamp]: String(message.timestampMs),
    },
  };
}
