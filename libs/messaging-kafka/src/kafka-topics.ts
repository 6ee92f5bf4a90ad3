import { HubError, silentLogger, systemClock, toHubError } from '#kernel';
import kafkajs, { type Admin } from 'kafkajs';
import { createKafka, type KafkaConnection } from './kafka-connection.js';
import { toBrokerError } from './kafka-errors.js';
import { compareTopics, topicConfig, type ActualTopic, type TopicPlan, type TopicSpec } from './topic-plan.js';

/** Copies of each partition; by default min(3, brokers), and 2 in sync from three copies on. */
export interface ReplicationOptions {
  readonly replicationFactor?: number;
  readonly minInsyncReplicas?: number;
}

/** First and end offset of a partition: the end is the offset of the next message to be written. */
export interface OffsetRange {
  readonly low: bigint;
  readonly high: bigint;
}

const SERVED_TRIES = 50;
const SERVED_PAUSE_MS = 200;

/** Checks and creates topics. It never changes one that exists: settings and partition counts that differ are reported. */
export class KafkaTopics {
  private connecting: Promise<Admin> | null = null;

  constructor(
    private readonly connection: KafkaConnection,
    private readonly replication: ReplicationOptions = {},
  ) {}

  /** What is missing or differs. @throws HubError HUB_BROKER_* */
  plan(wanted: readonly TopicSpec[]): Promise<TopicPlan> {
    return this.withAdmin(async (admin) => {
      const actual = await this.describe(
        admin,
        wanted.map(({ name }) => name),
      );
      return compareTopics(wanted, actual, this.minInsync(await this.replicas(admin)));
    });
  }

  /** Creates the missing topics, so that they can be written at once, and returns what was found before. @throws HubError HUB_BROKER_* */
  async ensure(wanted: readonly TopicSpec[]): Promise<TopicPlan> {
    const found = await this.plan(wanted);
    if (found.missing.length > 0) await this.withAdmin((admin) => this.create(admin, found.missing));
    for (const { name } of found.missing) await this.untilServed(name);
    return found;
  }

  /** Names of all topics that this user may see, sorted. @throws HubError HUB_BROKER_* */
  list(): Promise<readonly string[]> {
    return this.withAdmin(async (admin) => (await admin.listTopics()).sort());
  }

  /** First and end offset of every partition. @throws HubError HUB_TOPIC_MISSING, HUB_BROKER_* */
  offsets(topic: string): Promise<ReadonlyMap<number, OffsetRange>> {
    return this.withAdmin(async (admin) => {
      const ranges = new Map<number, OffsetRange>();
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
        ranges.set(partition, { low: BigInt(low), high: BigInt(high) });
      return ranges;
    });
  }

  /** End offset of every partition. @throws HubError HUB_TOPIC_MISSING, HUB_BROKER_* */
  async endOffsets(topic: string): Promise<Map<number, bigint>> {
    return new Map([...(await this.offsets(topic))].map(([partition, range]) => [partition, range.high]));
  }

  /**
   * Of every partition the offset of the first message of this time or later; the end offset where there is none.
   * @param timeMs milliseconds since the epoch @throws HubError HUB_TOPIC_MISSING, HUB_BROKER_*
   */
  offsetsAt(topic: string, timeMs: number): Promise<ReadonlyMap<number, bigint>> {
    return this.withAdmin(async (admin) => {
      const found = await admin.fetchTopicOffsetsByTimestamp(topic, timeMs);
      return new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]));
    });
  }

  /** The settings in force of a topic that exists. @throws HubError HUB_TOPIC_MISSING, HUB_BROKER_* */
  configOf(topic: string): Promise<Readonly<Record<string, string>>> {
    return this.withAdmin(async (admin) => {
      const [found] = await this.describe(admin, [topic]);
      if (!found) throw new HubError('HUB_TOPIC_MISSING', `There is no topic ${topic}.`, { topic });
      return found.config;
    });
  }

  /** Number of partitions; null where there is no such topic. @throws HubError HUB_BROKER_* */
  partitionsOf(topic: string): Promise<number | null> {
    return this.withAdmin(async (admin) => (await this.describe(admin, [topic]))[0]?.partitions ?? null);
  }

  /** Removes topics that exist, with all they hold; for tests and the demo. */
  deleteTopics(names: readonly string[]): Promise<void> {
    return this.withAdmin(async (admin) => {
      const existing = new Set(await admin.listTopics());
      const topics = names.filter((name) => existing.has(name));
      if (topics.length > 0) await admin.deleteTopics({ topics });
    });
  }

  /** What a consumer group has committed, by partition; partitions of which it committed nothing are not named. */
  async committedOffsets(groupId: string, topic: string): Promise<Map<number, bigint>> {
    return this.withAdmin(async (admin) => {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const committed = (found?.partitions ?? []).filter(({ offset }) => offset !== '-1');
      return new Map(committed.map(({ partition, offset }) => [partition, BigInt(offset)]));
    });
  }

  async close(): Promise<void> {
    const connecting = this.connecting;
    this.connecting = null;
    if (connecting) await (await connecting).disconnect();
  }

  /** A new topic has a leader at once, but that broker hosts its partitions only a little later. */
  private async untilServed(topic: string): Promise<void> {
    for (let triesLeft = SERVED_TRIES; ; triesLeft -= 1) {
      try {
        await this.offsets(topic);
        return;
      } catch (error) {
        if (triesLeft === 0 || toHubError(error).disposition === 'crash') throw error;
        await systemClock.sleep(SERVED_PAUSE_MS);
      }
    }
  }

  private async describe(admin: Admin, wanted: readonly string[]): Promise<ActualTopic[]> {
    const existing = new Set(await admin.listTopics());
    const names = wanted.filter((name) => existing.has(name));
    if (names.length === 0) return [];
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
    });
    return topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.length,
      config: Object.fromEntries(
        (resources.find((resource) => resource.resourceName === name)?.configEntries ?? []).map((entry) => [
          entry.configName,
          entry.configValue,
        ]),
      ),
    }));
  }

  private async create(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
    const replicas = await this.replicas(admin);
    await admin.createTopics({
      // kafkajs gives up where a broker does not yet know the new topic; `untilServed` waits for that, too
      waitForLeaders: false,
      timeout: 20_000,
      topics: specs.map((spec) => ({
        topic: spec.name,
        numPartitions: spec.partitions,
        replicationFactor: replicas,
        configEntries: Object.entries(topicConfig(spec.kind, this.minInsync(replicas))).map(([name, value]) => ({
          name,
          value,
        })),
      })),
    });
  }

  private async replicas(admin: Admin): Promise<number> {
    if (this.replication.replicationFactor !== undefined) return this.replication.replicationFactor;
    return Math.min(3, (await admin.describeCluster()).brokers.length);
  }

  private minInsync(replicas: number): number {
    return this.replication.minInsyncReplicas ?? (replicas >= 3 ? 2 : 1);
  }

  private async withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const connecting = (this.connecting ??= this.connect());
    try {
      return await work(await connecting);
    } catch (error) {
      if (this.connecting === connecting) this.connecting = null;
      void this.discard(connecting);
      throw toBrokerError(error);
    }
  }

  /** A connection that saw an error is not used again; its own end is only worth a line. */
  private async discard(connecting: Promise<Admin>): Promise<void> {
    try {
      await (await connecting).disconnect();
    } catch (error) {
      (this.connection.logger ?? silentLogger).debug({ code: toBrokerError(error).code }, 'admin not disconnected');
    }
  }

  private async connect(): Promise<Admin> {
    const admin = createKafka(this.connection).admin();
    await admin.connect();
    return admin;
  }
}
