import type { ReaderGroup, ReplayCluster, ReplaySource, ReplayTarget } from '#replay';
import type { KafkaConnection } from './kafka-connection.js';
import { KafkaGroups } from './kafka-groups.js';
import { KafkaReplaySource } from './kafka-replay-source.js';
import { KafkaReplayTarget } from './kafka-replay-target.js';
import { KafkaTopics, type ReplicationOptions } from './kafka-topics.js';

/** A Kafka cluster for replays; what it handed out is closed with it. */
export class KafkaReplayCluster implements ReplayCluster {
  private readonly topics: KafkaTopics;
  private readonly opened: { close(): Promise<void> }[] = [];

  constructor(
    private readonly connection: KafkaConnection,
    replication: ReplicationOptions = {},
  ) {
    this.topics = new KafkaTopics(connection, replication);
  }

  source(topic: string): ReplaySource {
    const source = new KafkaReplaySource(this.connection, topic);
    this.opened.push(source);
    return source;
  }

  target(topic: string): ReplayTarget {
    const target = new KafkaReplayTarget(this.connection, topic);
    this.opened.push(target);
    return target;
  }

  partitionsOf(topic: string): Promise<number | null> {
    return this.topics.partitionsOf(topic);
  }

  async isEmpty(topic: string): Promise<boolean> {
    if ((await this.partitionsOf(topic)) === null) return true;
    return [...(await this.topics.offsets(topic)).values()].every(({ low, high }) => low === high);
  }

  readersOf(topic: string): Promise<readonly ReaderGroup[]> {
    return KafkaGroups.during(this.connection, (groups) => groups.readersOf(topic));
  }

  hasGroup(groupId: string): Promise<boolean> {
    return KafkaGroups.during(this.connection, async (groups) => (await groups.find(groupId)) !== null);
  }

  async ensure(topic: string, kind: 'lane' | 'topic', partitions: number): Promise<void> {
    if ((await this.partitionsOf(topic)) !== null) return;
    await this.topics.ensure([{ name: topic, kind: kind === 'lane' ? 'lane' : 'history', partitions }]);
  }

  async close(): Promise<void> {
    await Promise.all([this.topics.close(), ...this.opened.map((one) => one.close())]);
  }
}
