import { topicNames } from '#contracts';
import type { HubFile } from '#hub-file';
import { HubError } from '#kernel';
import { EventCodec, GoldenPages, KafkaTopics, TopicReader } from '#messaging-kafka';
import { compileShape, type CheckableTarget, type SeedTarget, type TopicPages } from '#replay';
import type { SeedCluster, SeedSubject } from './seed-cluster.js';
import { openSources, type OpenSources, type SourceAccess } from './seed-sources.js';

/** The same, and the topic that is read for it. */
export interface SeedContents extends SeedSubject {
  readonly source: string;
}

/** A target that was opened for one piece of work. */
export interface OpenSeedTarget extends SeedTarget, CheckableTarget {
  close(): Promise<void>;
}

/** A topic and a target, opened. */
export interface SeedSession extends SeedSubject {
  readonly topic: string;
  /** What the target is seeded with, and compared with. */
  readonly pages: TopicPages;
  /** Ids of the schemas of what was read so far, ascending. */
  readonly schemaIds: () => readonly number[];
  /** Null where the topic alone is seeded. */
  readonly sources: OpenSources | null;
  readonly target: OpenSeedTarget;
  /** The target as people may read it: without user and password. */
  readonly targetName: string;
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const MIN_LAG_MS = 60_000;

/** The topic that a seed reads: the state's, or of the past the history. */
export function seededTopic(file: HubFile, { entity, shape }: SeedSubject): string {
  const names = topicNames(file.hub.topicPrefix);
  return shape.asOf === null ? names.golden(entity) : names.history(entity);
}

/** How a target is opened, and, for a seed from the sources, what they are reached with. */
export interface SeedOpening {
  /** The target as people may read it. */
  readonly name: string;
  readonly open: (contents: SeedContents) => Promise<OpenSeedTarget>;
  readonly access: SourceAccess | null;
}

/** Opens topic and target for one piece of work. @throws HubError HUB_REQUEST_INVALID for a shape that does not fit, what `open` throws */
export async function openSeedSession(
  cluster: SeedCluster,
  { entity, shape }: SeedSubject,
  { name: targetName, open, access }: SeedOpening,
): Promise<SeedSession> {
  const { file, connection, codec } = cluster;
  const view = compileShape(entity, shape);
  const topic = seededTopic(file, { entity, shape });
  if (shape.from && !access)
    throw new HubError('HUB_INVARIANT_BROKEN', 'The sources of a seed can not be reached here.');
  const target = await open({ entity, shape, source: topic });
  const reader = new TopicReader(connection);
  const pages = new GoldenPages({ reader, codec, events: new EventCodec(codec), topic, entity, view });
  const sources = shape.from && access ? openSources(cluster, { entity, shape }, { pages, targetName }, access) : null;
  const close = async (): Promise<void> => {
    await Promise.all([reader.close(), target.close()]);
  };
  const shown = { entity, shape, topic, target, targetName, sources, schemaIds: () => pages.schemaIds };
  return { ...shown, pages: sources?.pages ?? pages, close };
}

/**
 * How long an end offset proves anything: the topic's minimal compaction lag, less a quarter (at most five minutes) for
 * clocks that drift; of a history, which is not compacted, for ever.
 * @throws HubError HUB_REQUEST_INVALID where the topic may compact at once, HUB_SEED_HISTORY_GONE, HUB_TOPIC_MISSING
 */
export async function findEndValidMs(
  { connection, replication }: SeedCluster,
  { topic, shape, pages }: Pick<SeedSession, 'topic' | 'shape' | 'pages'>,
): Promise<number> {
  const topics = new KafkaTopics(connection, replication);
  const config = await topics.configOf(topic).finally(() => topics.close());
  if (shape.asOf !== null) {
    assertWhole(topic, config, await pages.offsets());
    return Number.POSITIVE_INFINITY;
  }
  const lagMs = Number(config['min.compaction.lag.ms'] ?? 0);
  if (lagMs < MIN_LAG_MS)
    throw new HubError(
      'HUB_REQUEST_INVALID',
      `${topic} has min.compaction.lag.ms=${lagMs}: set it to ${HOUR_MS}, else no seed can know that it is complete.`,
      { topic, lagMs },
    );
  return lagMs - Math.min(300_000, lagMs / 4);
}

/** A compacted topic has only the latest of a key: the past is told by a history that was never cut. */
function assertWhole(
  topic: string,
  config: Readonly<Record<string, string>>,
  ranges: ReadonlyMap<number, { readonly low: bigint }>,
): void {
  const policy = config['cleanup.policy'] ?? '';
  if (policy.includes('compact'))
    throw new HubError('HUB_SEED_HISTORY_GONE', `${topic} is compacted, so that versions are missing.`, { topic });
  const cut = [...ranges].find(([, { low }]) => low > 0n);
  if (cut)
    throw new HubError('HUB_SEED_HISTORY_GONE', `${topic}/${cut[0]} begins at offset ${cut[1].low}.`, {
      topic,
      partition: cut[0],
      low: cut[1].low,
    });
}
