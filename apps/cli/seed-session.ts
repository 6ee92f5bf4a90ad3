import { kafkaSecurityOf, registryAuthorizationOf } from '#config';
import { topicNames, type Entity } from '#contracts';
import { HubError } from '#kernel';
import type { GoldenPages } from '#messaging-kafka';
import { compileShape, type SeedShape } from '#replay';
import { withTopics } from './brokers.js';
import type { CliContext } from './context.js';
import { describeAddress, readAddress, readShape, type SeedTargetFlags } from './seed-options.js';
import { openTarget, type OpenTarget } from './seed-target.js';
import { untilInterrupted } from './until-interrupted.js';

/** A topic and a target, opened. */
export interface SeedSession {
  readonly entity: Entity;
  readonly shape: SeedShape;
  readonly topic: string;
  readonly pages: GoldenPages;
  readonly target: OpenTarget;
  /** The target as people may read it: without user and password. */
  readonly targetName: string;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
}

const HOUR_MS = 3_600_000;
const MIN_LAG_MS = 60_000;

/** Opens topic and target for one piece of work; loads their clients only now. @throws HubError */
export async function withSeed<T>(
  context: CliContext,
  entityName: string,
  flags: SeedTargetFlags,
  work: (session: SeedSession) => Promise<T>,
): Promise<T> {
  const entity = context.entity(entityName);
  const address = readAddress(entity, flags);
  const shape = readShape(entity, flags);
  const names = topicNames(context.hub.hub.topicPrefix);
  const topic = shape.asOf === null ? names.golden(entity) : names.history(entity);
  const { AvroCodec, EventCodec, GoldenPages, SchemaRegistry, TopicReader } = await import('#messaging-kafka');
  const codec = new AvroCodec(
    new SchemaRegistry({
      url: context.server('REGISTRY_URL'),
      authorization: registryAuthorizationOf(context.config),
    }),
  );
  const brokers = context.server('KAFKA_BROKERS');
  const reader = new TopicReader({ brokers, ...kafkaSecurityOf(context.config), clientId: 'plumbline-seed' });
  const view = compileShape(entity, shape);
  const pages = new GoldenPages({ reader, codec, events: new EventCodec(codec), topic, entity, view });
  const target = await openTarget(context, address, { entity, shape, source: topic, codec });
  const session = { entity, shape, topic, pages, target, targetName: describeAddress(address) };
  try {
    return await untilInterrupted((signal) => work({ ...session, signal }));
  } finally {
    await Promise.all([reader.close(), target.close()]);
  }
}

/**
 * How long an end offset proves anything: the topic's minimal compaction lag, less a quarter (at most five minutes) for
 * clocks that drift; of a history, which is not compacted, for ever.
 * @throws HubError HUB_REQUEST_INVALID where the topic may compact at once, HUB_SEED_HISTORY_GONE
 */
export async function findEndValidMs(context: CliContext, session: SeedSession): Promise<number> {
  const { topic, shape, pages } = session;
  const config = await withTopics(context, (topics) => topics.configOf(topic));
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
