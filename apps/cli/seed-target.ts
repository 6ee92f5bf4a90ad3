import { kafkaSecurityOf, replicationOf } from '#config';
import type { Entity } from '#contracts';
import { topicsOf } from '#hub-file';
import { HubError } from '#kernel';
import type { AvroCodec } from '#messaging-kafka';
import { isHubTopic, type CheckableTarget, type SeedShape, type SeedTarget } from '#replay';
import type { CliContext } from './context.js';
import { JsonLinesTarget } from './json-lines-target.js';
import type { TargetAddress } from './seed-options.js';
import { openSeedStore } from './seed-store.js';

/** A target that was opened for one piece of work. */
export interface OpenTarget extends SeedTarget, CheckableTarget {
  close(): Promise<void>;
}

/** What is seeded into a target. */
export interface TargetContents {
  readonly entity: Entity;
  readonly shape: SeedShape;
  /** The topic that is read. */
  readonly source: string;
  readonly codec: AvroCodec;
}

/** @throws HubError HUB_SEED_TARGET_INVALID for what can't be a target, HUB_DATABASE_UNREACHABLE */
export async function openTarget(
  context: CliContext,
  address: TargetAddress,
  contents: TargetContents,
): Promise<OpenTarget> {
  switch (address.kind) {
    case 'postgres': {
      const { PostgresSeedTarget } = await import('#store-postgres');
      return PostgresSeedTarget.connect({ ...address, entity: contents.entity, shape: contents.shape });
    }
    case 'json-lines':
      return new JsonLinesTarget({ ...address, entity: contents.entity, shape: contents.shape });
    case 'topic':
      return openTopic(context, address.topic, contents);
  }
}

async function openTopic(context: CliContext, topic: string, contents: TargetContents): Promise<OpenTarget> {
  assertOwnTopic(context, topic);
  const { KafkaSeedTarget } = await import('#messaging-kafka');
  const { PostgresSeedPlaces } = await import('#store-postgres');
  const { config } = context;
  const store = await openSeedStore(context);
  await contents.codec.ensureSchemas();
  const brokers = context.server('KAFKA_BROKERS');
  const connection = { brokers, ...kafkaSecurityOf(config), clientId: 'plumbline-seed-target' };
  const places = new PostgresSeedPlaces(store);
  const target = new KafkaSeedTarget({ ...contents, connection, replication: replicationOf(config), topic, places });
  const closeTarget = target.close.bind(target);
  return Object.assign(target, {
    close: async () => {
      await Promise.all([closeTarget(), store.close()]);
    },
  });
}

/** What the hub itself writes is never a target, whatever the hub file names today. */
function assertOwnTopic({ hub }: CliContext, topic: string): void {
  const prefix = hub.hub.topicPrefix;
  const hubTopics = new Set(topicsOf(hub).map(({ name }) => name));
  if (isHubTopic(topic, { prefix, hubTopics }) || topic.startsWith(`${prefix}lane.`))
    throw new HubError('HUB_SEED_TARGET_INVALID', `${topic} is a topic of the hub: seed into one of your own.`, {
      topic,
    });
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(topic))
    throw new HubError('HUB_SEED_TARGET_INVALID', `"${topic}" can't be the name of a topic.`, { topic });
}
