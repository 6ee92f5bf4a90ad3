import { failpointVariable, kafkaSecurityOf, loadConfig, registryAuthorizationOf, replicationOf } from '#config';
import { schemaName, topicsOf } from '#hub-file';
import { HubError, silentLogger, type Logger } from '#kernel';
import type { AvroCodec } from '#messaging-kafka';
import {
  DeadLetterDesk,
  REPLAY_FAILPOINTS,
  ReplayDesk,
  type DeadLetterStore,
  type ReplayFailpoint,
  type ReplayStore,
} from '#replay';
import { z } from 'zod';
import type { CliContext } from './context.js';

const FAILPOINTS = [...REPLAY_FAILPOINTS, 'dead-letters:sent'] as const;
type Failpoint = ReplayFailpoint | 'dead-letters:sent';

/** Replays and dead letters, opened for one piece of work. */
export interface ReplaySession {
  readonly desk: ReplayDesk;
  readonly store: ReplayStore;
  readonly letterDesk: DeadLetterDesk;
  readonly letters: DeadLetterStore;
  readonly codec: AvroCodec;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  readonly failpoint: (name: Failpoint) => void;
}

/** Opens Kafka and the hub's database (schema `<prefix>replay`); loads their clients only now. @throws HubError */
export async function withReplays<T>(context: CliContext, work: (session: ReplaySession) => Promise<T>): Promise<T> {
  const { AvroCodec, KafkaLetterTopics, KafkaReplayCluster, SchemaRegistry } = await import('#messaging-kafka');
  const {
    CreateDeadLetterTables,
    CreateOffsetResets,
    CreateReplayTables,
    Database,
    PostgresDeadLetterStore,
    PostgresReplayStore,
  } = await import('#store-postgres');
  const { config, clock, hub } = context;
  const failpoint = armReplayFailpoint(context);
  const registry = new SchemaRegistry({
    url: context.server('REGISTRY_URL'),
    authorization: registryAuthorizationOf(config),
  });
  const connection = {
    brokers: context.server('KAFKA_BROKERS'),
    ...kafkaSecurityOf(config),
    clientId: 'plumbline-replay',
  };
  const database = await Database.connect(
    {
      url: context.server('DATABASE_URL'),
      schema: schemaName(hub, 'replay'),
      applicationName: 'plumbline replay',
      poolSize: 2,
    },
    [CreateReplayTables, CreateDeadLetterTables, CreateOffsetResets],
  );
  const cluster = new KafkaReplayCluster(connection, replicationOf(config));
  const store = new PostgresReplayStore(database);
  const codec = new AvroCodec(registry);
  const prefix = hub.hub.topicPrefix;
  const letters = new PostgresDeadLetterStore(database);
  const topics = new KafkaLetterTopics(connection);
  const letterDesk = new DeadLetterDesk({ store: letters, topics, cluster, prefix, failpoint });
  const desk = new ReplayDesk({
    ...{ cluster, store, prefix, records: codec, clock, logger: warningsTo(context) },
    hubTopics: new Set(topicsOf(hub).map(({ name }) => name)),
  });
  const session = { desk, store, letterDesk, letters, codec, failpoint };
  try {
    await database.migrate();
    return await untilInterrupted((signal) => work({ ...session, signal }));
  } finally {
    await Promise.all([cluster.close(), database.close()]);
  }
}

/** The signal aborts when the user interrupts. */
async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, onInterrupt);
  try {
    return await work(interrupt.signal);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onInterrupt);
  }
}

/** Interruptions that a run gets over by itself are still worth a line. */
function warningsTo({ output }: CliContext): Logger {
  return { ...silentLogger, warn: (facts, message) => output.progress(`${message} (${String(facts['reason'])})`) };
}

/** For fault runs: the first to pass the named place ends the process as `kill -9` does. @throws HubError HUB_CONFIG_INVALID */
function armReplayFailpoint({ environment }: CliContext): (name: Failpoint) => void {
  const armed = loadConfig(z.object(failpointVariable), environment).PLUMBLINE_FAILPOINT;
  if (armed === undefined) return () => undefined;
  if (!FAILPOINTS.some((name) => name === armed))
    throw new HubError('HUB_CONFIG_INVALID', `PLUMBLINE_FAILPOINT: a replay has no failpoint "${armed}".`, {
      failpoints: FAILPOINTS.join(', '),
    });
  return (name) => void (name === armed && process.kill(process.pid, 'SIGKILL'));
}
