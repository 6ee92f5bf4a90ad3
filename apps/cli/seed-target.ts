import type { OpenSeedTarget, SeedCluster, SeedContents } from '#replay-desk';
import type { FeedTargetOptions } from '#store-postgres';
import type { CliContext } from './context.js';
import { JsonLinesTarget } from './json-lines-target.js';
import type { TargetAddress } from './seed-options.js';
import { openFeedStore, openSeedStore } from './seed-store.js';

/** What a target is opened for. */
interface Opening {
  readonly contents: SeedContents;
  readonly cluster: SeedCluster;
}

/** @throws HubError HUB_SEED_TARGET_INVALID for what can't be a target, HUB_DATABASE_UNREACHABLE */
export async function openTarget(
  context: CliContext,
  address: TargetAddress,
  { contents, cluster }: Opening,
): Promise<OpenSeedTarget> {
  const { entity, shape } = contents;
  switch (address.kind) {
    case 'postgres': {
      const { PostgresSeedTarget } = await import('#store-postgres');
      return PostgresSeedTarget.connect({ ...address, entity, shape });
    }
    case 'json-lines':
      return new JsonLinesTarget({ ...address, entity, shape });
    case 'topic':
      return openTopic(context, address.topic, { contents, cluster });
    case 'feed':
      return openFeed(context, { feed: address.feed, entity, shape });
  }
}

/** A feed in the gateway's schema, which the gateway serves. */
async function openFeed(context: CliContext, feed: FeedTargetOptions): Promise<OpenSeedTarget> {
  const { PostgresFeedTarget } = await import('#store-postgres');
  const database = await openFeedStore(context);
  return Object.assign(new PostgresFeedTarget(database, feed, context.clock), { close: () => database.close() });
}

async function openTopic(context: CliContext, topic: string, { contents, cluster }: Opening): Promise<OpenSeedTarget> {
  const { assertOwnTopic, openTopicTarget } = await import('#replay-desk');
  assertOwnTopic(cluster.file, topic);
  const { PostgresSeedPlaces } = await import('#store-postgres');
  const store = await openSeedStore(context);
  const places = new PostgresSeedPlaces(store);
  const target = await openTopicTarget(cluster, topic, { ...contents, places }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const closeTarget = target.close.bind(target);
  const close = async (): Promise<void> => {
    await Promise.all([closeTarget(), store.close()]);
  };
  return Object.assign(target, { close });
}

/** The target as people may read it: without user and password. */
export async function describeAddress(address: TargetAddress): Promise<string> {
  switch (address.kind) {
    case 'postgres':
      return (await import('#replay-desk')).describeTable(address);
    case 'topic':
      return `topic ${address.topic}`;
    case 'feed':
      return `feed ${address.feed}`;
    case 'json-lines':
      return `file ${address.path}`;
  }
}
