import { HubError } from '#kernel';
import kafkajs, { type Admin, type GroupDescription } from 'kafkajs';
import { createKafka, type KafkaConnection } from './kafka-connection.js';
import { toBrokerError } from './kafka-errors.js';

/** A consumer group of the cluster. */
export interface ConsumerGroup {
  readonly groupId: string;
  /** Kafka's word: `Stable`, `Empty`, `PreparingRebalance`, … */
  readonly state: string;
  readonly members: readonly { readonly clientId: string; readonly host: string; readonly topics: readonly string[] }[];
}

/** A group that reads a topic, or did. */
export interface TopicReaderGroup {
  readonly groupId: string;
  readonly state: string;
  /** True: a member of it is subscribed now; false: it only has committed offsets. */
  readonly isSubscribed: boolean;
}

/** Groups that {@link TopicReader} makes for itself. */
const OWN_READERS = /^plumbline-reader-/;
const DEAD = 'Dead';

/** Consumer groups: who reads what, and where they stand. Open one for a piece of work, and close it. */
export class KafkaGroups {
  private constructor(private readonly admin: Admin) {}

  /** @throws HubError HUB_BROKER_* */
  static async open(connection: KafkaConnection): Promise<KafkaGroups> {
    const admin = createKafka(connection).admin();
    try {
      await admin.connect();
      return new KafkaGroups(admin);
    } catch (error) {
      throw toBrokerError(error);
    }
  }

  /** Opens them for a piece of work, and closes them after it. @throws HubError HUB_BROKER_*; what the work throws */
  static async during<T>(connection: KafkaConnection, work: (groups: KafkaGroups) => Promise<T>): Promise<T> {
    const groups = await KafkaGroups.open(connection);
    try {
      return await work(groups);
    } finally {
      await groups.close();
    }
  }

  /** Null where the cluster does not know the group. @throws HubError HUB_BROKER_* */
  find(groupId: string): Promise<ConsumerGroup | null> {
    return asBroker(async () => {
      const { groups } = await this.admin.describeGroups([groupId]);
      const [found] = groups;
      return found && found.state !== DEAD ? toGroup(found) : null;
    });
  }

  /** Ids of all groups but those of our own readers, sorted. @throws HubError HUB_BROKER_* */
  list(): Promise<readonly string[]> {
    return asBroker(async () => {
      const { groups } = await this.admin.listGroups();
      return groups
        .map(({ groupId }) => groupId)
        .filter((groupId) => !OWN_READERS.test(groupId))
        .sort();
    });
  }

  /** Groups with a member that is subscribed to the topic, or with an offset committed of it. @throws HubError HUB_BROKER_* */
  readersOf(topic: string): Promise<readonly TopicReaderGroup[]> {
    return asBroker(async () => {
      const ids = await this.list();
      if (ids.length === 0) return [];
      const { groups } = await this.admin.describeGroups([...ids]);
      const isThere = (await this.admin.listTopics()).includes(topic);
      const readers: TopicReaderGroup[] = [];
      for (const group of groups.map(toGroup)) {
        const isSubscribed = group.members.some(({ topics }) => topics.includes(topic));
        const { groupId, state } = group;
        if (isSubscribed || (isThere && (await this.committed(groupId, topic)).size > 0))
          readers.push({ groupId, state, isSubscribed });
      }
      return readers;
    });
  }

  /** What a group has committed of a topic, by partition; without those of which it committed nothing. @throws HubError HUB_BROKER_* */
  committed(groupId: string, topic: string): Promise<ReadonlyMap<number, bigint>> {
    return asBroker(async () => {
      const [found] = await this.admin.fetchOffsets({ groupId, topics: [topic] });
      const known = (found?.partitions ?? []).filter(({ offset }) => offset !== '-1');
      return new Map(known.map(({ partition, offset }) => [partition, BigInt(offset)]));
    });
  }

  /**
   * Commits offsets of a group that has no members; the offset that is named is the next to be read.
   * @throws HubError HUB_GROUP_ACTIVE when it has one meanwhile, HUB_BROKER_*
   */
  commit(groupId: string, topic: string, offsets: ReadonlyMap<number, bigint>): Promise<void> {
    return asBroker(async () => {
      const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }));
      try {
        await this.admin.setOffsets({ groupId, topic, partitions });
      } catch (error) {
        const state = (await this.find(groupId))?.state ?? 'Empty';
        if (state === 'Empty') throw error;
        const message = `The group ${groupId} has members (${state}).`;
        throw new HubError('HUB_GROUP_ACTIVE', message, { groupId, state }, { cause: error });
      }
    });
  }

  async close(): Promise<void> {
    await this.admin.disconnect();
  }
}

async function asBroker<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toBrokerError(error);
  }
}

function toGroup({ groupId, state, members }: GroupDescription): ConsumerGroup {
  return {
    ...{ groupId, state },
    members: members.map(({ clientId, clientHost: host, memberMetadata }) => {
      return { clientId, host, topics: topicsOf(memberMetadata) };
    }),
  };
}

/** Topics that a member is subscribed to; its metadata is empty while the group rebalances. */
function topicsOf(metadata: Buffer): readonly string[] {
  if (metadata.length === 0) return [];
  return kafkajs.AssignerProtocol.MemberMetadata.decode(metadata)?.topics ?? [];
}
