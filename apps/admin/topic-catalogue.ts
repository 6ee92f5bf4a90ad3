import type { TopicCatalogue, TopicReaderReport } from '#contracts';
import { consumersOf, type HubFile } from '#hub-file';
import { HubError } from '#kernel';
import { KafkaGroups, type KafkaConnection } from '#messaging-kafka';
import { describeTopic } from './describe-topic.js';
import { measureFreshness } from './measure-freshness.js';
import type { TopicBrowser } from './topic-browser.js';

/** What a topic is described from. */
export interface TopicCatalogueOptions {
  readonly file: HubFile;
  readonly topics: Pick<TopicBrowser, 'list' | 'newest' | 'endOffsets' | 'get'>;
  readonly connection: KafkaConnection;
}

/** Messages of each partition that freshness is measured over. */
const SAMPLE = 200;

/** What data teams want to know of a topic: what is in it, who writes and reads it, how fresh it is. */
export class TopicCatalogues {
  constructor(private readonly options: TopicCatalogueOptions) {}

  /** The name itself. @throws HubError HUB_NOT_FOUND for a topic that is not the hub's */
  nameOf(name: string): string {
    return this.options.topics.get(name).name;
  }

  /** @throws HubError HUB_NOT_FOUND for a topic that is not the hub's, HUB_BROKER_* */
  async get(name: string): Promise<TopicCatalogue> {
    const { file, topics } = this.options;
    const described = describeTopic(file, topics.get(name).name);
    if (!described) throw new HubError('HUB_NOT_FOUND', `The hub has no topic "${name}".`, { topic: name });
    const [messages, ends, listed] = await Promise.all([
      topics.newest(name, SAMPLE),
      topics.endOffsets(name),
      topics.list(),
    ]);
    const partitions = listed.find((topic) => topic.name === name)?.partitions ?? [];
    const reach = partitions.reduce((sum, { low, high }) => sum + (BigInt(high) - BigInt(low)), 0n);
    return {
      ...{ name, ...described, partitions: ends.size, reach: String(reach) },
      readers: await this.readersOf(name, ends),
      freshness: measureFreshness(messages),
    };
  }

  private readersOf(topic: string, ends: ReadonlyMap<number, bigint>): Promise<readonly TopicReaderReport[]> {
    const { connection, file } = this.options;
    return KafkaGroups.during(connection, async (groups) => {
      const reports: TopicReaderReport[] = [];
      for (const reader of await groups.readersOf(topic)) {
        const isHub = isOwnGroup(file, reader.groupId);
        const committed = isHub ? null : await groups.committed(reader.groupId, topic);
        reports.push({ ...reader, isHub, lag: committed && lagOf(ends, committed) });
      }
      return reports;
    });
  }
}

/** Groups of the hub's services keep their offsets in their databases. */
function isOwnGroup(file: HubFile, groupId: string): boolean {
  return consumersOf(file).some((name) => groupId === `${file.hub.topicPrefix}${name}`);
}

/** Of partitions without a committed offset all messages count. */
function lagOf(ends: ReadonlyMap<number, bigint>, committed: ReadonlyMap<number, bigint>): number {
  let lag = 0n;
  for (const [partition, end] of ends) {
    const at = committed.get(partition) ?? 0n;
    if (end > at) lag += end - at;
  }
  return Number(lag);
}
