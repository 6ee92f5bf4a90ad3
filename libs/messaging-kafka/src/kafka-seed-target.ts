import type { Entity } from '#contracts';
import { HubError, type BusinessKey } from '#kernel';
import { encodeHeaders } from '#outbox';
import {
  compileShape,
  MemoryCheckSession,
  REPLAY_HEADERS,
  shapeText,
  takePage,
  toSeedEvent,
  toSeedRow,
  toTargetRecord,
  type CheckableTarget,
  type CheckSession,
  type PageOutcome,
  type SeedPage,
  type SeedPlaces,
  type SeedRow,
  type SeedShape,
  type SeedTarget,
  type SeedView,
  type TargetRecord,
  type TargetState,
} from '#replay';
import type { AvroCodec } from './avro-codec.js';
import { EventCodec } from './event-codec.js';
import type { KafkaConnection } from './kafka-connection.js';
import { REQUEST_BYTES, splitBy } from './kafka-event-publisher.js';
import { KafkaTopics, type ReplicationOptions } from './kafka-topics.js';
import type { TopicRecord } from './leader-requests.js';
import type { RawMessage } from './messages.js';
import { RecordProducer } from './record-producer.js';
import { TopicReader } from './topic-reader.js';

/** What is seeded, and into which topic. */
export interface KafkaSeedTargetOptions {
  readonly connection: KafkaConnection;
  readonly replication: ReplicationOptions;
  /** A topic of its own; whoever opens this has made sure that it is none of the hub's. */
  readonly topic: string;
  /** The topic that is seeded from. */
  readonly source: string;
  readonly entity: Entity;
  readonly shape: SeedShape;
  readonly places: SeedPlaces;
  /** With its schemas ensured. */
  readonly codec: AvroCodec;
}

/**
 * A compacted topic that holds the state as golden events, of the shape's fields only; what the shape does not want is there as
 * deleted. Its position is stored after the broker's answer: a crash repeats one page at most, and of a key the highest sequence
 * counts. Messages name the topic and partition that they come from.
 */
export class KafkaSeedTarget implements SeedTarget, CheckableTarget {
  private readonly topics: KafkaTopics;
  private readonly producer: RecordProducer;
  private readonly reader: TopicReader;
  private readonly events: EventCodec;
  private readonly view: SeedView;

  constructor(private readonly options: KafkaSeedTargetOptions) {
    const { connection, replication, codec, entity, shape } = options;
    this.topics = new KafkaTopics(connection, replication);
    this.producer = new RecordProducer(connection);
    this.reader = new TopicReader(connection);
    this.events = new EventCodec(codec);
    this.view = { ...compileShape(entity, shape), hasHappened: () => true, wants: () => true };
  }

  async find(): Promise<TargetState> {
    const { topic, places } = this.options;
    const place = await places.find(topic);
    const partitions = await this.topics.partitionsOf(topic);
    if (partitions === null && place) return { kind: 'foreign', reason: `${topic} is gone, and was being seeded.` };
    if (place) return place;
    if (partitions === null || (await this.isEmpty())) return { kind: 'absent' };
    return { kind: 'foreign', reason: `${topic} has messages that no seed wrote: choose another topic.` };
  }

  async prepare(topic: string, from: ReadonlyMap<number, bigint>): Promise<void> {
    const { places, shape } = this.options;
    const name = this.options.topic;
    if ((await this.topics.partitionsOf(name)) === null)
      await this.topics.ensure([{ name, kind: 'golden', partitions: from.size }]);
    await places.prepare(name, { topic, shape: shapeText(shape), from });
  }

  async apply(page: SeedPage, end: bigint): Promise<PageOutcome> {
    const { places, topic } = this.options;
    let outcome: PageOutcome | null = null;
    await places.advance(topic, page.partition, async (position) => {
      const effect = takePage(page, position, end);
      await this.send(page.partition, effect.erased, effect.rows);
      outcome = { rows: effect.rows.length, position: effect.position };
      return effect.position;
    });
    if (outcome) return outcome;
    throw new HubError('HUB_INVARIANT_BROKEN', 'A place moved without its page.', { topic });
  }

  async withSnapshot<T>(work: (session: CheckSession) => Promise<T>): Promise<T> {
    const { places, topic } = this.options;
    const place = await places.find(topic);
    if (!place) throw new HubError('HUB_SEED_TARGET_INVALID', `${topic} was not seeded by this hub.`, { topic });
    const positions = [...place.positions].map(([partition, { nextOffset }]) => [partition, nextOffset] as const);
    return work(new MemoryCheckSession(new Map(positions), await this.readState()));
  }

  async close(): Promise<void> {
    await Promise.all([this.topics.close(), this.producer.close(), this.reader.close()]);
  }

  private async isEmpty(): Promise<boolean> {
    return [...(await this.topics.offsets(this.options.topic)).values()].every(({ low, high }) => low === high);
  }

  /** Erased keys first: a key that is erased and written in one page was written after it. */
  private async send(partition: number, erased: readonly BusinessKey[], rows: readonly SeedRow[]): Promise<void> {
    const { topic, source } = this.options;
    const headers = encodeHeaders({ [REPLAY_HEADERS.topic]: source, [REPLAY_HEADERS.partition]: String(partition) });
    const records: TopicRecord[] = [
      ...erased.map((key) => ({ topic, key, value: null, headers })),
      ...rows.map((row) => ({ topic, key: row.key, value: this.events.encodeGolden(toSeedEvent(row)), headers })),
    ];
    const bytesOf = ({ key, value }: TopicRecord): number => 256 + Buffer.byteLength(key) + (value?.length ?? 0);
    for (const request of splitBy(records, REQUEST_BYTES, bytesOf)) await this.producer.send(request);
  }

  private async readState(): Promise<Map<BusinessKey, TargetRecord>> {
    const state = new Map<BusinessKey, TargetRecord>();
    const onPage = async ({ messages }: { readonly messages: readonly RawMessage[] }): Promise<void> => {
      await this.options.codec.prepare(messages.map(({ value }) => value));
      for (const message of messages) this.takeInto(state, message);
    };
    await this.reader.readToEnd({ topic: this.options.topic, from: new Map(), onPage });
    return state;
  }

  private takeInto(state: Map<BusinessKey, TargetRecord>, { key, value }: RawMessage): void {
    const { entity } = this.options;
    if (value === null) return void state.delete(key as BusinessKey);
    const record = toTargetRecord(entity, toSeedRow(this.events.decodeGolden(entity, value), this.view));
    if (record.sequence > (state.get(key as BusinessKey)?.sequence ?? -1n)) state.set(key as BusinessKey, record);
  }
}
