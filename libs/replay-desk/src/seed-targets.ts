import { topicsOf, type HubFile } from '#hub-file';
import { HubError } from '#kernel';
import { KafkaSeedTarget } from '#messaging-kafka';
import { isHubTopic, type SeedPlaces } from '#replay';
import type { SeedCluster } from './seed-cluster.js';
import type { OpenSeedTarget, SeedContents } from './seed-session.js';

/** A table, and the database that it is in. */
export interface TableAddress {
  readonly url: string;
  readonly schema: string;
  readonly table: string;
}

/** A table as people may read it: without user and password. */
export function describeTable({ url, schema, table }: TableAddress): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname} ${schema}.${table}`;
}

/** A topic of one's own as a target. @throws HubError HUB_SEED_TARGET_INVALID, HUB_REGISTRY_UNREACHABLE, HUB_BROKER_* */
export async function openTopicTarget(
  { file, connection, replication, codec }: SeedCluster,
  topic: string,
  { places, ...contents }: SeedContents & { readonly places: SeedPlaces },
): Promise<OpenSeedTarget> {
  assertOwnTopic(file, topic);
  await codec.ensureSchemas();
  return new KafkaSeedTarget({ ...contents, connection, replication, codec, topic, places });
}

/** What the hub itself writes is never a target, whatever the hub file names today. @throws HubError HUB_SEED_TARGET_INVALID */
export function assertOwnTopic(file: HubFile, topic: string): void {
  const prefix = file.hub.topicPrefix;
  const hubTopics = new Set(topicsOf(file).map(({ name }) => name));
  if (isHubTopic(topic, { prefix, hubTopics }) || topic.startsWith(`${prefix}lane.`))
    throw new HubError('HUB_SEED_TARGET_INVALID', `${topic} is a topic of the hub: seed into one of your own.`, {
      topic,
    });
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(topic))
    throw new HubError('HUB_SEED_TARGET_INVALID', `"${topic}" can't be the name of a topic.`, { topic });
}
