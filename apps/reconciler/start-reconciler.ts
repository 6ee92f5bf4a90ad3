import { randomUUID } from 'node:crypto';
import { schemaName, type HubFile } from '#hub-file';
import { BullRoundRunner, BullRoundSchedule } from '#jobs-bullmq';
import { backoffMs, systemClock, toHubError, type HubError, type Logger } from '#kernel';
import { AvroCodec, KafkaEventPublisher, SchemaRegistry } from '#messaging-kafka';
import { serveHttpApp, type ReadableMetrics, type RunningApp } from '#observability';
import { OutboxRelay } from '#outbox';
import { RoundDriver, type RoundSchedule } from '#reconciliation';
import {
  CreateOutboxTables,
  CreateReconcilerTables,
  Database,
  PostgresOutboxStore,
  PostgresRoundReads,
  PostgresRoundStore,
} from '#store-postgres';
import { ReconcilerModule } from './reconciler.module.js';
import { planSchedule, ReconcilerService } from './reconciler.service.js';
import { AvroRoundEventEncoder } from './round-event-encoder.js';

/** What the reconciler runs on. */
export interface ReconcilerOptions {
  readonly hubFile: HubFile;
  readonly servers: {
    readonly brokers: readonly string[];
    readonly registryUrl: string;
    readonly databaseUrl: string;
    readonly redisUrl: string;
  };
  /** Port 0 takes any free port. */
  readonly http: { readonly host: string; readonly port: number; readonly token: string };
  readonly logger: Logger;
  readonly metrics: ReadableMetrics;
  /** Called when no retry mends it; the process should exit non-zero. */
  readonly onFatal: (error: HubError) => void;
  /** How long a killed process keeps its rounds; for tests. */
  readonly leaseMs?: number;
  /** How long a system may be without a host before its jobs back off; for tests. */
  readonly hostWaitMs?: number;
}

type Closing = () => Promise<unknown>;

/**
 * Starts the reconciler: HTTP API, schedule, driver and relay. Replicas share the work by leases.
 * @throws HubError when PostgreSQL or the registry is unreachable; without the job queue it starts and waits for it
 */
export async function startReconciler(options: ReconcilerOptions): Promise<RunningApp> {
  const closings: Closing[] = [];
  const close = async (): Promise<void> => {
    while (closings.length > 0) await closings.pop()?.();
  };
  try {
    const url = await start(options, closings);
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts part after part; each adds how it is closed, and they are closed in the opposite order. */
async function start(options: ReconcilerOptions, closings: Closing[]): Promise<string> {
  const { hubFile, servers, http, logger, metrics } = options;
  const database = await connect(options);
  closings.push(() => database.close());
  const codec = new AvroCodec(new SchemaRegistry({ url: servers.registryUrl }));
  await codec.ensureSchemas();
  startRelay(options, database, closings);
  const encoder = new AvroRoundEventEncoder(codec, hubFile.hub.topicPrefix);
  const store = new PostgresRoundStore({ database, encoder, clock: systemClock });
  const service = new ReconcilerService(hubFile, store, new PostgresRoundReads(database));
  startDriver(options, store, closings);
  const schedule = startSchedule(options, service, closings);
  const app = await serveHttpApp(ReconcilerModule.forRoot(service), {
    ...http,
    logger,
    metrics,
    ready: { database: () => database.query('SELECT 1'), queue: () => schedule.check() },
  });
  closings.push(() => app.close());
  return app.url;
}

async function connect({ hubFile, servers }: ReconcilerOptions): Promise<Database> {
  const schema = schemaName(hubFile, 'reconciler');
  const database = await Database.connect(
    { url: servers.databaseUrl, schema, applicationName: 'plumbline reconciler' },
    [CreateOutboxTables, CreateReconcilerTables],
  );
  await database.migrate();
  return database;
}

function startRelay(options: ReconcilerOptions, database: Database, closings: Closing[]): void {
  const { servers, logger, metrics, onFatal } = options;
  const publisher = new KafkaEventPublisher({ brokers: servers.brokers, clientId: 'plumbline-reconciler', logger });
  const store = new PostgresOutboxStore(database);
  const owner = randomUUID();
  const relay = new OutboxRelay({ store, publisher, clock: systemClock, logger, metrics, owner, onFatal });
  relay.start();
  closings.push(async () => {
    await relay.stop();
    await publisher.close();
  });
}

function startDriver(options: ReconcilerOptions, store: PostgresRoundStore, closings: Closing[]): void {
  const { hubFile, servers, logger, metrics, onFatal, leaseMs, hostWaitMs } = options;
  const runner = new BullRoundRunner({
    redisUrl: servers.redisUrl,
    prefix: hubFile.hub.topicPrefix,
    logger,
    ...(hostWaitMs === undefined ? {} : { hostWaitMs }),
  });
  const driver = new RoundDriver({
    store,
    runner,
    limitsOf: (entity) => hubFile.repairLimits[entity],
    clock: systemClock,
    logger,
    metrics,
    owner: randomUUID(),
    random: Math.random,
    ...(leaseMs === undefined ? {} : { leaseMs }),
  });
  const stopping = new AbortController();
  const running = driver.run(stopping.signal).catch((error: unknown) => onFatal(toHubError(error)));
  closings.push(async () => {
    stopping.abort();
    await runner.close();
    await running;
  });
}

function startSchedule(options: ReconcilerOptions, service: ReconcilerService, closings: Closing[]): BullRoundSchedule {
  const { hubFile, servers, logger } = options;
  const schedule = new BullRoundSchedule({
    redisUrl: servers.redisUrl,
    prefix: hubFile.hub.topicPrefix,
    logger,
    onDue: (system, entity) => service.startScheduled(system, entity),
  });
  const stopping = new AbortController();
  const planned = planWhenReachable(schedule, options, stopping.signal);
  closings.push(async () => {
    stopping.abort();
    await planned;
    await schedule.close();
  });
  return schedule;
}

/** The queue's server may come later than the reconciler. */
async function planWhenReachable(
  schedule: RoundSchedule,
  { hubFile, logger, onFatal }: ReconcilerOptions,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      return await schedule.replace(planSchedule(hubFile));
    } catch (error) {
      const { code, disposition } = toHubError(error);
      if (disposition === 'crash') return onFatal(toHubError(error));
      logger.warn({ code, attempt }, 'schedule not set');
      await systemClock.sleep(backoffMs(attempt, Math.random), signal);
    }
  }
}
