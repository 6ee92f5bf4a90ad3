import { failpointVariable, kafkaSecurityOf, loadConfig, registryAuthorizationOf, replicationOf } from '#config';
import { schemaName, topicsOf } from '#hub-file';
import { HubError, silentLogger, type Logger } from '#kernel';
import { REPLAY_FAILPOINTS, ReplayDesk, type ReplayFailpoint, type ReplayStore } from '#replay';
import { z } from 'zod';
import type { CliContext } from './context.js';

/** Replays, opened for one piece of work. */
export interface ReplaySession {
  readonly desk: ReplayDesk;
  readonly store: ReplayStore;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  readonly failpoint: (name: ReplayFailpoint) => void;
}

/** Opens Kafka and the hub's database (schema `<prefix>replay`); loads their clients only now. @throws HubError */
export async function withReplays<T>(context: CliContext, work: (session: ReplaySession) => Promise<T>): Promise<T> {
  const { AvroCodec, KafkaReplayCluster, SchemaRegistry } = await import('#messaging-kafka');
  const { CreateReplayTables, Database, PostgresReplayStore } = await import('#store-postgres');
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
    [CreateReplayTables],
  );
  const cluster = new KafkaReplayCluster(connection, replicationOf(config));
  const store = new PostgresReplayStore(database);
  const desk = new ReplayDesk({
    ...{ cluster, store, records: new AvroCodec(registry), clock, logger: warningsTo(context) },
    prefix: hub.hub.topicPrefix,
    hubTopics: new Set(topicsOf(hub).map(({ name }) => name)),
  });
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, onInterrupt);
  try {
    await database.migrate();
    return await work({ desk, store, signal: interrupt.signal, failpoint });
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onInterrupt);
    await Promise.all([cluster.close(), database.close()]);
  }
}

/** Interruptions that a run gets over by itself are still worth a line. */
function warningsTo({ output }: CliContext): Logger {
  return { ...silentLogger, warn: (facts, message) => output.progress(`${message} (${String(facts['reason'])})`) };
}

/** For fault runs: the first to pass the named place ends the process as `kill -9` does. @throws HubError HUB_CONFIG_INVALID */
function armReplayFailpoint({ environment }: CliContext): (name: ReplayFailpoint) => void {
  const armed = loadConfig(z.object(failpointVariable), environment).PLUMBLINE_FAILPOINT;
  if (armed === undefined) return () => undefined;
  if (!REPLAY_FAILPOINTS.some((name) => name === armed))
    throw new HubError('HUB_CONFIG_INVALID', `PLUMBLINE_FAILPOINT: a replay has no failpoint "${armed}".`, {
      failpoints: REPLAY_FAILPOINTS.join(', '),
    });
  return (name) => void (name === armed && process.kill(process.pid, 'SIGKILL'));
}
