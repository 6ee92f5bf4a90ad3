import { kafkaSecurityOf, registryAuthorizationOf } from '#config';
import { topicNames, type Entity } from '#contracts';
import { HubError } from '#kernel';
import type { PostgresSeedTarget } from '#store-postgres';
import { withTopics } from './brokers.js';
import type { CliContext } from './context.js';
import { GoldenPages } from './golden-pages.js';

/** Options that name a target. */
export interface SeedTargetFlags {
  readonly to?: string;
  readonly table?: string;
}

/** A topic and a target, opened. */
export interface SeedSession {
  readonly entity: Entity;
  readonly topic: string;
  readonly pages: GoldenPages;
  readonly target: PostgresSeedTarget;
  /** The target as people may read it: without user and password. */
  readonly targetName: string;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
}

interface TargetAddress {
  readonly url: string;
  readonly schema: string;
  readonly table: string;
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
  const topic = topicNames(context.hub.hub.topicPrefix).golden(entity);
  const { AvroCodec, EventCodec, SchemaRegistry, TopicReader } = await import('#messaging-kafka');
  const { PostgresSeedTarget } = await import('#store-postgres');
  const codec = new AvroCodec(
    new SchemaRegistry({
      url: context.server('REGISTRY_URL'),
      authorization: registryAuthorizationOf(context.config),
    }),
  );
  const brokers = context.server('KAFKA_BROKERS');
  const reader = new TopicReader({ brokers, ...kafkaSecurityOf(context.config), clientId: 'plumbline-seed' });
  const pages = new GoldenPages({ reader, codec, events: new EventCodec(codec), topic, entity });
  const target = await PostgresSeedTarget.connect({ ...address, entity });
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, onInterrupt);
  try {
    return await work({ entity, topic, pages, target, targetName: describe(address), signal: interrupt.signal });
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onInterrupt);
    await Promise.all([reader.close(), target.close()]);
  }
}

/**
 * How long an end offset proves anything: the topic's minimal compaction lag, less a quarter (at most five minutes) for
 * clocks that drift. @throws HubError HUB_REQUEST_INVALID where the topic may compact at once
 */
export async function findEndValidMs(context: CliContext, topic: string): Promise<number> {
  const spec = { name: topic, kind: 'golden' as const, partitions: 1 };
  const { differingConfig } = await withTopics(context, (topics) => topics.plan([spec]));
  const differing = differingConfig.find(({ name }) => name === 'min.compaction.lag.ms');
  const lagMs = differing ? Number(differing.actual) : HOUR_MS;
  if (lagMs < MIN_LAG_MS)
    throw new HubError(
      'HUB_REQUEST_INVALID',
      `${topic} has min.compaction.lag.ms=${lagMs}: set it to ${HOUR_MS}, else no seed can know that it is complete.`,
      { topic, lagMs },
    );
  return lagMs - Math.min(300_000, lagMs / 4);
}

function readAddress(entity: Entity, { to, table = entity.replaceAll('-', '_') }: SeedTargetFlags): TargetAddress {
  if (to === undefined) throw new HubError('HUB_REQUEST_INVALID', 'Name the target: --to postgres://host/database.');
  if (!/^postgres(ql)?:\/\//.test(to) || !URL.canParse(to))
    throw new HubError('HUB_REQUEST_INVALID', '--to must be an address like postgres://user:password@host/database.');
  const [name = '', schema = 'public', ...rest] = table.split('.').reverse();
  if (rest.length > 0)
    throw new HubError('HUB_REQUEST_INVALID', '--table must be a table, or schema.table.', { table });
  return { url: to, schema, table: name };
}

function describe({ url, schema, table }: TargetAddress): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname} ${schema}.${table}`;
}
