import { kafkaSecurityOf, registryAuthorizationOf, replicationOf } from '#config';
import { topicsOf } from '#hub-file';
import { HubError } from '#kernel';
import type { KafkaTopics, TopicPlan } from '#messaging-kafka';
import type { CliContext } from './context.js';

const CLIENT_ID = 'plumbline-cli';

/**
 * Opens the topics' administration for one piece of work. Kafka's client is loaded only here: most commands need none,
 * and start in a third of the time without it.
 * @throws HubError HUB_BROKER_UNREACHABLE, HUB_CONFIG_INVALID
 */
export async function withTopics<T>(context: CliContext, work: (topics: KafkaTopics) => Promise<T>): Promise<T> {
  const brokers = context.server('KAFKA_BROKERS');
  const messaging = await import('#messaging-kafka');
  const topics = new messaging.KafkaTopics(
    { brokers, ...kafkaSecurityOf(context.config), clientId: CLIENT_ID },
    replicationOf(context.config),
  );
  try {
    return await work(topics);
  } finally {
    await topics.close();
  }
}

/** Registers every schema of the contracts. @throws HubError HUB_SCHEMA_INCOMPATIBLE, HUB_REGISTRY_UNREACHABLE */
export async function registerSchemas(context: CliContext): Promise<void> {
  const url = context.server('REGISTRY_URL');
  const { AvroCodec, SchemaRegistry } = await import('#messaging-kafka');
  await new AvroCodec(
    new SchemaRegistry({ url, authorization: registryAuthorizationOf(context.config) }),
  ).ensureSchemas();
}

/** What differs between the topics that the hub needs and those that there are; or why that is not known. */
export async function findTopicPlan(context: CliContext): Promise<TopicPlan | HubError> {
  try {
    return await withTopics(context, (topics) => topics.plan(topicsOf(context.hub)));
  } catch (error) {
    if (error instanceof HubError && error.disposition !== 'crash') return error;
    throw error;
  }
}

/** One line for each thing about topics that an operator should know. */
export function describeTopicPlan(plan: TopicPlan): readonly string[] {
  return [
    ...plan.missing.map(
      ({ name, partitions }) =>
        `create topic ${name} (${partitions === 1 ? '1 partition' : `${partitions} partitions`})`,
    ),
    ...plan.differingPartitions.map(
      ({ topic, wanted, actual }) =>
        `${topic} has ${actual} partitions, not ${wanted}: never changed, correct hub.partitions`,
    ),
    ...plan.differingConfig.map(
      ({ topic, name, wanted, actual }) =>
        `${topic} has ${name}=${actual}, the hub relies on ${wanted}: correct it by hand`,
    ),
  ];
}
