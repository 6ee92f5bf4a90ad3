import { randomUUID } from 'node:crypto';
import { openAccess } from '#access';
import type { QueueServers, ServiceSettings } from '#config';
import { schemaName } from '#hub-file';
import { BullRoundRunner, BullRoundSchedule } from '#jobs-bullmq';
import { backoffMs, startParts, StepLoop, systemClock, toHubError, type Closers } from '#kernel';
import { AvroCodec, KafkaEventPublisher, openSchemas } from '#messaging-kafka';
import { serveHttpApp, type AppRuntime, type RunningApp } from '#observability';
import { startRelay, WOKEN_POLL_MS, type OutboxRelay } from '#outbox';
import { DriftReporter, RoundDriver, type RoundSchedule } from '#reconciliation';
import {
  AddDriftReport,
  AddRetention,
  AddParkingAndLimit,
  CreateOutboxTables,
  CreateReconcilerTables,
  Database,
  openOutboxStore,
  PostgresDriftReads,
  PostgresParkedKeys,
  PostgresRoundReads,
  PostgresRoundRetention,
  PostgresRoundStore,
  CreateAccessTables,
} from '#store-postgres';
import { RECONCILER_API } from './reconciler-api.js';
import { startDriftMetrics } from './start-drift-metrics.js';
import { ReconcilerModule } from './reconciler.module.js';
import { planSchedule, ReconcilerService } from './reconciler.service.js';
import { AvroRoundEventEncoder } from './round-event-encoder.js';

/** What the reconciler runs on. */
export interface ReconcilerOptions extends ServiceSettings<QueueServers>, AppRuntime {
  /** How long a killed process keeps its rounds; for tests. */
  readonly leaseMs?: number;
  /** How long a system may be without a host before its jobs back off; for tests. */
  readonly hostWaitMs?: number;
}

const PRUNE_EVERY_MS = 60 * 60_000;

/**
 * Starts the reconciler: HTTP API, schedule, driver, relay and retention. Replicas share the work by leases.
 * @throws HubError when PostgreSQL or the registry is unreachable; without the job queue it starts and waits for it
 */
export async function startReconciler(options: ReconcilerOptions): Promise<RunningApp> {
  return startParts((closers) => start(options, closers));
}

async function start(options: ReconcilerOptions, closers: Closers): Promise<{ readonly url: string }> {
  const { file, servers, http, logger, metrics } = options;
  const database = await connect(options);
  closers.add(() => database.close());
  const codec = new AvroCodec(openSchemas(servers, logger));
  await codec.ensureSchemas();
  const connection = { brokers: servers.brokers, ...servers.kafkaSecurity, clientId: 'plumbline-reconciler', logger };
  const publisher = new KafkaEventPublisher(connection);
  const [clock, onRows] = [systemClock, (): void => relay.wake()];
  const outbox = openOutboxStore(database, { reader: servers.outboxReader, clock, logger, onRows });
  const limits = { onFatal: options.onFatal, maxRows: servers.outboxMaxRows };
  const parts = { store: outbox, publisher, clock, logger, metrics, owner: randomUUID(), ...limits };
  const relay: OutboxRelay = startRelay({ ...parts, maxPollMs: WOKEN_POLL_MS }, closers);
  const encoder = new AvroRoundEventEncoder(codec, file.hub.topicPrefix);
  const store = new PostgresRoundStore({ database, encoder, clock: systemClock });
  const driver = startDriver(options, store, closers);
  const door = { service: 'reconciler', settings: options, database, connection, codec };
  const { access, fourEyes } = openAccess(door, closers);
  const reads = new PostgresRoundReads(database);
  const reporter = new DriftReporter({ file, reads: new PostgresDriftReads(database), rounds: reads, clock });
  const onDue = (): void => driver.wake();
  const service = new ReconcilerService({ hubFile: file, store, reads, reporter, fourEyes, onDue });
  startDriftMetrics(options, reporter, closers);
  startRetention(options, new PostgresRoundRetention(database), closers);
  const schedule = startSchedule(options, service, closers);
  const app = await serveHttpApp(ReconcilerModule.forRoot(service), {
    ...http,
    access,
    logger,
    metrics,
    parked: new PostgresParkedKeys(database),
    api: RECONCILER_API,
    ready: { database: () => database.query('SELECT 1'), queue: () => schedule.check() },
  });
  closers.add(() => app.close());
  return app;
}

async function connect({ file, servers }: ReconcilerOptions): Promise<Database> {
  const schema = schemaName(file, 'reconciler');
  const database = await Database.connect(
    { url: servers.databaseUrl, schema, applicationName: 'plumbline reconciler' },
    [
      ...[CreateOutboxTables, AddParkingAndLimit, CreateReconcilerTables, AddRetention, AddDriftReport],
      CreateAccessTables,
    ],
  );
  await database.migrate();
  return database;
}

function startDriver(options: ReconcilerOptions, store: PostgresRoundStore, closers: Closers): RoundDriver {
  const { file, servers, logger, metrics, onFatal, leaseMs, hostWaitMs } = options;
  const runner = new BullRoundRunner({
    redisUrl: servers.redisUrl,
    prefix: file.hub.topicPrefix,
    logger,
    ...(hostWaitMs === undefined ? {} : { hostWaitMs }),
  });
  const driver = new RoundDriver({
    store,
    runner,
    limitsOf: (entity) => file.repairLimits[entity],
    clock: systemClock,
    logger,
    metrics,
    owner: randomUUID(),
    random: Math.random,
    ...(leaseMs === undefined ? {} : { leaseMs }),
  });
  const stopping = new AbortController();
  const running = driver.run(stopping.signal).catch((error: unknown) => onFatal(toHubError(error)));
  closers.add(async () => {
    stopping.abort();
    await runner.close();
    await running;
  });
  return driver;
}

/** Forgets what is older than the hub file says, batch by batch; of several reconcilers each takes its own batch. */
function startRetention(
  { file, logger, onFatal }: ReconcilerOptions,
  retention: PostgresRoundRetention,
  closers: Closers,
): void {
  const { keepRoundsMs, keepAuditMs } = file.reconcile;
  const step = async (): Promise<boolean> => {
    const { more, ...pruned } = await retention.prune({ roundsMs: keepRoundsMs, auditMs: keepAuditMs });
    if (Object.values(pruned).some((count) => count > 0)) logger.info({ ...pruned }, 'old rounds and audit forgotten');
    return more;
  };
  const mode = { idleMs: PRUNE_EVERY_MS, endsOn: ['park', 'stop', 'crash'], wakesFromErrors: false } as const;
  const loop = new StepLoop({ name: 'retention', step, ...mode, clock: systemClock, logger, onFatal });
  closers.add(() => loop.stop());
  loop.start();
}

function startSchedule(options: ReconcilerOptions, service: ReconcilerService, closers: Closers): BullRoundSchedule {
  const { file, servers, logger } = options;
  const schedule = new BullRoundSchedule({
    redisUrl: servers.redisUrl,
    prefix: file.hub.topicPrefix,
    logger,
    onDue: (system, entity) => service.startScheduled(system, entity),
  });
  const stopping = new AbortController();
  const planned = planWhenReachable(schedule, options, stopping.signal);
  closers.add(async () => {
    stopping.abort();
    await planned;
    await schedule.close();
  });
  return schedule;
}

/** The queue's server may come later than the reconciler. */
async function planWhenReachable(
  schedule: RoundSchedule,
  { file, logger, onFatal }: ReconcilerOptions,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      return await schedule.replace(planSchedule(file));
    } catch (error) {
      const { code, disposition } = toHubError(error);
      if (disposition === 'crash') return onFatal(toHubError(error));
      logger.warn({ code, attempt }, 'schedule not set');
      await systemClock.sleep(backoffMs(attempt, Math.random), signal);
    }
  }
}
