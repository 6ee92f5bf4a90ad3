import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Connector, EntityMapping } from '#connector-sdk';
import type { Entity } from '#contracts';
import { schemaName, type HubSystem } from '#hub-file';
import { startRoundWorker } from '#jobs-bullmq';
import { HubError, startParts, StepLoop, systemClock, type Closers, type Logger, type SystemId } from '#kernel';
import { AvroCodec, KafkaBatchServer, KafkaEventPublisher, KafkaTopics, SchemaRegistry } from '#messaging-kafka';
import { serveConsumerApp, serveHttpApp, type RunningApp } from '#observability';
import { startRelay } from '#outbox';
import type { RoundMirror } from '#mirror';
import {
  AddRestored,
  CreateMirrorTables,
  CreateOutboxTables,
  Database,
  PostgresAppliedOffsets,
  PostgresMirrorReports,
  PostgresOutboxStore,
  PostgresRestoredStore,
  PostgresRoundMirror,
} from '#store-postgres';
import { differsOf } from './commit-readings.js';
import { mappingVersion } from './desired-mapping.js';
import { createContext } from './create-context.js';
import type { HostContext } from './host-context.js';
import { createEntityLoops, type EntityLoops } from './entity-loops.js';
import { GoldenEventsModule } from './golden-events.controller.js';
import { HostAdmin } from './host-admin.js';
import { HostModule } from './host.controller.js';
import type { ConnectorHostOptions } from './host-options.js';
import { settleRestored } from './rebase.js';
import { RestoredSystem } from './restored-system.js';
import { Rounds } from './rounds.js';
import { SwitchableConnector } from './switchable-connector.js';

/** How often the database is asked whether the system is held as restored. */
const RESTORED_LOOK_MS = 2_000;

/**
 * Starts one connector: its database, relay, consumer, loops, round worker and HTTP API.
 * @throws HubError HUB_CONFIG_INVALID, HUB_DATABASE_UNREACHABLE, HUB_REGISTRY_UNREACHABLE, HUB_BROKER_UNREACHABLE,
 *   HUB_TOPIC_MISSING
 */
export async function startConnectorHost(options: ConnectorHostOptions): Promise<RunningApp> {
  return startParts((closers) => start(options, closers));
}

async function start(options: ConnectorHostOptions, closers: Closers): Promise<{ readonly url: string }> {
  const { file, servers, logger, metrics, onFatal } = options;
  const system = systemOf(options);
  const database = await openDatabase(options, closers);
  const reports = new PostgresMirrorReports(database);
  const connector = new SwitchableConnector((mode) => open(options, system, mode), (await reports.findMode()).mode);
  closers.add(() => connector.close());
  const codec = new AvroCodec(
    new SchemaRegistry({ url: servers.registryUrl, authorization: servers.registryAuthorization }),
  );
  await codec.ensureSchemas();
  const connection = { brokers: servers.brokers, ...servers.kafkaSecurity, clientId: `plumbline-${system.id}`, logger };
  const topics = new KafkaTopics(connection);
  closers.add(() => topics.close());

  const publisher = new KafkaEventPublisher({ ...connection, clientId: `plumbline-${system.id}-relay` });
  const store = new PostgresOutboxStore(database);
  const owner = randomUUID();
  const relay = startRelay({ store, publisher, clock: systemClock, logger, metrics, owner, onFatal }, closers);
  const loops: EntityLoops[] = [];
  const restored = await openRestored(system.id, database, logger);
  const context = createContext(options, { system, database, connector, codec, relay, loops, restored });
  await recomputeDiffers(reports, context, (entity) => mappingVersion(file, system, entity));
  const mirror = new PostgresRoundMirror(database);
  for (const entity of context.entities.values()) loops.push(createEntityLoops(context, entity, mirror, onFatal));
  await startConsumer(options, context, { database, codec }, closers);
  const settling = createSettling(context, mirror, loops, onFatal);
  startLoops(loops, settling, closers);
  const rounds = new Rounds(context, mirror, new Map(loops.map(({ entity, poller }) => [entity, poller])));
  const worker = startRoundWorker(
    { system: system.id, redisUrl: servers.redisUrl, prefix: file.hub.topicPrefix, logger },
    rounds.handle,
  );
  closers.add(() => worker.close());
  const endOffsets = (topic: string): Promise<ReadonlyMap<number, bigint>> => topics.endOffsets(topic);
  const admin = new HostAdmin(context, {
    connectorId: options.definition.id,
    reports,
    connector,
    loops,
    settling,
    mirror,
    endOffsets,
  });
  const ready = { database: async (): Promise<void> => void (await database.query('SELECT 1')) };
  const app = await serveHttpApp(HostModule.forRoot(admin), { ...options.http, logger, metrics, ready });
  closers.add(() => app.close());
  return app;
}

function systemOf({ file, system, definition }: ConnectorHostOptions): HubSystem {
  const found = file.systems.find(({ id }) => id === system);
  if (!found) throw new HubError('HUB_CONFIG_INVALID', `The hub file has no system "${system}".`, { system });
  if (found.connector !== definition.id)
    throw new HubError('HUB_CONFIG_INVALID', `System "${system}" is served by connector "${found.connector}".`, {
      system,
      connector: definition.id,
    });
  return found;
}

async function recomputeDiffers(
  reports: PostgresMirrorReports,
  { entities }: HostContext,
  versionOf: (entity: Entity) => string,
): Promise<void> {
  for (const entity of entities.values())
    await reports.recomputeDiffers(entity.entity, (row) => differsOf(entity, row), versionOf(entity.entity));
}

async function openRestored(system: SystemId, database: Database, logger: Logger): Promise<RestoredSystem> {
  const restored = new RestoredSystem({ system, store: new PostgresRestoredStore(database), logger });
  await restored.refresh();
  return restored;
}

async function openDatabase({ file, system, servers }: ConnectorHostOptions, closers: Closers): Promise<Database> {
  const database = await Database.connect(
    {
      url: servers.databaseUrl,
      schema: schemaName(file, `connector-${system}`),
      applicationName: `plumbline-connector-${system}`,
    },
    [CreateOutboxTables, CreateMirrorTables, AddRestored],
  );
  closers.add(() => database.close());
  await database.migrate();
  return database;
}

function open(
  { definition, dataDir, logger }: ConnectorHostOptions,
  system: HubSystem,
  mode: 'observe' | 'write',
): Connector {
  const config = definition.configSchema.safeParse(system.config);
  if (!config.success) {
    const problems = config.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new HubError('HUB_CONFIG_INVALID', `Wrong config of system "${system.id}":\n  ${problems.join('\n  ')}`, {
      problems,
    });
  }
  const mappings = system.entities as Readonly<Partial<Record<Entity, EntityMapping>>>;
  const workFolder = join(dataDir, system.id);
  return definition.open({
    system: system.id,
    config: config.data,
    mappings,
    clock: systemClock,
    logger: logger.child({ part: 'connector' }),
    mode,
    workFolder,
  });
}

async function startConsumer(
  options: ConnectorHostOptions,
  context: HostContext,
  { database, codec }: { readonly database: Database; readonly codec: AvroCodec },
  closers: Closers,
): Promise<void> {
  const { file, servers, logger, metrics, onFatal, system } = options;
  const strategy = new KafkaBatchServer({
    connection: { brokers: servers.brokers, ...servers.kafkaSecurity, clientId: `plumbline-${system}`, logger },
    groupId: `${file.hub.topicPrefix}connector-${system}`,
    routes: GoldenEventsModule.routes(context),
    codec,
    deadLetterTopic: context.topics.deadLetter(`connector-${system}`),
    positions: new PostgresAppliedOffsets(database),
    onFatal,
    logger,
    metrics,
  });
  await serveConsumerApp(GoldenEventsModule.forRoot(context), { strategy, logger }, closers);
}

/** The loop that settles a restored system as a person chose; it also sees what another process did. */
function createSettling(
  context: HostContext,
  mirror: RoundMirror,
  loops: readonly EntityLoops[],
  onFatal: (error: HubError) => void,
): StepLoop {
  const { clock, random, logger } = context;
  return new StepLoop({
    ...{ clock, random, logger, onFatal, endsOn: ['crash'], wakesFromErrors: true },
    name: 'restored',
    idleMs: RESTORED_LOOK_MS,
    step: async () => {
      if (!(await settleRestored(context, mirror))) return false;
      for (const { poller, reader, rereader, writer } of loops) {
        poller.reset();
        for (const loop of [reader, rereader, writer]) loop.wake();
      }
      return false;
    },
  });
}

function startLoops(loops: readonly EntityLoops[], settling: StepLoop, closers: Closers): void {
  const all = [...loops.flatMap(({ reader, rereader, writer }) => [reader, rereader, writer]), settling];
  for (const loop of all) loop.start();
  closers.add(() => Promise.all(all.map((loop) => loop.stop())));
}
