import { failpointVariable, kafkaSecurityOf, loadConfig, registryAuthorizationOf, replicationOf } from '#config';
import { HubError, silentLogger, type Logger } from '#kernel';
import { REPLAY_FAILPOINTS, type DeadLetterStore, type ReplayStore } from '#replay';
import type { ReplayDesks, ReplayHubFailpoint } from '#replay-desk';
import { z } from 'zod';
import type { CliContext } from './context.js';
import { untilInterrupted } from './until-interrupted.js';

const FAILPOINTS = [...REPLAY_FAILPOINTS, 'dead-letters:sent'] as const;

/** Replays, dead letters and offsets, opened for one piece of work. */
export interface ReplaySession extends ReplayDesks {
  readonly store: ReplayStore;
  readonly letters: DeadLetterStore;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  readonly failpoint: (name: ReplayHubFailpoint) => void;
}

/** Opens Kafka and the hub's database (schema `<prefix>replay`); loads their clients only now. @throws HubError */
export async function withReplays<T>(context: CliContext, work: (session: ReplaySession) => Promise<T>): Promise<T> {
  const { SchemaRegistry } = await import('#messaging-kafka');
  const { openReplayHub } = await import('#replay-desk');
  const { config, clock, hub: file } = context;
  const failpoint = armReplayFailpoint(context);
  const url = context.server('REGISTRY_URL');
  const hub = await openReplayHub({
    ...{ file, clock, failpoint, name: 'plumbline-replay', poolSize: 2, logger: warningsTo(context) },
    ...{ brokers: context.server('KAFKA_BROKERS'), kafkaSecurity: kafkaSecurityOf(config) },
    ...{ replication: replicationOf(config), databaseUrl: context.server('DATABASE_URL') },
    schemas: new SchemaRegistry({ url, authorization: registryAuthorizationOf(config) }),
  });
  const { replayStore: store, letters } = hub;
  try {
    return await hub.during((desks) =>
      untilInterrupted((signal) => work({ ...desks, store, letters, failpoint, signal })),
    );
  } finally {
    await hub.close();
  }
}

/** Interruptions that a run gets over by itself are still worth a line. */
function warningsTo({ output }: CliContext): Logger {
  return { ...silentLogger, warn: (facts, message) => output.progress(`${message} (${String(facts['reason'])})`) };
}

/** For fault runs: the first to pass the named place ends the process as `kill -9` does. @throws HubError HUB_CONFIG_INVALID */
function armReplayFailpoint({ environment }: CliContext): (name: ReplayHubFailpoint) => void {
  const armed = loadConfig(z.object(failpointVariable), environment).PLUMBLINE_FAILPOINT;
  if (armed === undefined) return () => undefined;
  if (!FAILPOINTS.some((name) => name === armed))
    throw new HubError('HUB_CONFIG_INVALID', `PLUMBLINE_FAILPOINT: a replay has no failpoint "${armed}".`, {
      failpoints: FAILPOINTS.join(', '),
    });
  return (name) => void (name === armed && process.kill(process.pid, 'SIGKILL'));
}
