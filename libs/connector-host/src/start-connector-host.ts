import { randomUUID } from 'node:crypto';
import { openAccess, type AccessParts } from '#access';
import { topicNames, type Entity } from '#contracts';
import { schemaName, type HubFile, type HubSystem } from '#hub-file';
import { startRoundWorker } from '#jobs-bullmq';
import { HubError, startParts, systemClock, type Closers, type StepLoop, type SystemId } from '#kernel';
import {
  AvroCodec,
  EventCodec,
  KafkaBatchServer,
  KafkaEventPublisher,
  KafkaTopics,
  MarkedTopics,
  openSchemas,
  TopicReader,
  type KafkaConnection,
} from '#messaging-kafka';
import { serveConsumerApp, serveHttpApp, type RunningApp } from '#observability';
import { startRelay, WOKEN_POLL_MS, type OutboxRelay } from '#outbox';
import type { LeaseOwner } from '#mirror';
import {
  AddEndedWrites,
  AddLastWrite,
  AddRangeDigests,
  AddRestored,
  AddScans,
  CreateAccessTables,
  CreateMirrorTables,
  AddParkingAndLimit,
  CreateOutboxTables,
  Database,
  PostgresAppliedOffsets,
  PostgresMirrorReports,
  PostgresMirrorStore,
  openOutboxStore,
  PostgresParkedKeys,
  PostgresRestoredStore,
  PostgresRoundMirror,
  PostgresScanStore,
} from '#store-postgres';
import { differsOf } from './commit-readings.js';
import { mappingVersion } from './desired-mapping.js';
import { createContext } from './create-context.js';
import type { HostContext } from './host-context.js';
import { createEntityLoops, type EntityLoops } from './entity-loops.js';
import { goldenLag } from './golden-lag.js';
import { GoldenEventsModule } from './golden-events.controller.js';
import { Hints } from './hints.js';
import { HOST_API } from './host-api.js';
import { HostAdmin } from './host-admin.js';
import { HostModule } from './host.controller.js';
import type { ConnectorHostOptions } from './host-options.js';
import { openConnector } from './open-connector.js';
import { OwnTopics } from './own-topics.js';
import { createModeLoop } from './mode-loop.js';
import { startHostReadBack } from './read-back.js';
import { RestoredSystem } from './restored-system.js';
import { Rounds, type RoundTools } from './rounds.js';
import { createMarkLoop, createSettlingLoop } from './settle-restored.js';
import { SwitchableConnector } from './switchable-connector.js';
import { untilAnswered } from './until-answered.js';

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
  const { mode: first } = await reports.findMode();
  const connector = new SwitchableConnector((mode) => openConnector(options, system, mode), first);
  closers.add(() => connector.close());
  const codec = new AvroCodec(openSchemas(servers, logger));
  await codec.ensureSchemas();
  const connection = { brokers: servers.brokers, ...servers.kafkaSecurity, clientId: `plumbline-${system.id}`, logger };
  const topics = new KafkaTopics(connection);
  closers.add(() => topics.close());

  const publisher = new KafkaEventPublisher({ ...connection, clientId: `plumbline-${system.id}-relay` });
  const [clock, onRows] = [systemClock, (): void => relay.wake()];
  const store = openOutboxStore(database, { reader: servers.outboxReader, clock, logger, onRows });
  const publishing = { store, publisher, clock, logger, metrics, onFatal, maxRows: servers.outboxMaxRows };
  const relay: OutboxRelay = startRelay({ ...publishing, owner: randomUUID(), maxPollMs: WOKEN_POLL_MS }, closers);
  const loops: EntityLoops[] = [];
  const past = await openPast(options, { system, database, codec, connection, topics }, closers);
  const context = createContext(options, { system, database, connector, codec, relay, loops, ...past });
  startHostReadBack({ context, database, connection, relay, onFatal }, closers);
  await recomputeDiffers(reports, context, (entity) => mappingVersion(file, system, entity));
  const [mirror, scans] = [new PostgresRoundMirror(database), new PostgresScanStore(database)];
  for (const entity of context.entities.values()) loops.push(createEntityLoops(context, entity, mirror, onFatal));
  await startConsumer(options, context, { database, codec }, closers);
  startRounds(options, context, { mirror, scans, loops }, closers);
  const endOffsets = (topic: string): Promise<ReadonlyMap<number, bigint>> => topics.endOffsets(topic);
  const lagOf = (topic: string): Promise<number> => goldenLag(topic, { reports, endOffsets });
  const settling = createSettlingLoop(context, { mirror, ownTopics: past.ownTopics, lagOf }, loops, onFatal);
  const hints = new Hints(context, onFatal);
  const marks = createMarkLoop(context, past.ownTopics, onFatal);
  const parts = { reports, connector, loops, hints, settling, mirror, scans, endOffsets };
  const admin = new HostAdmin(context, { connectorId: options.definition.id, ...parts });
  startLoops(loops, [settling, marks, hints.loop, createModeLoop(context, admin, onFatal)], closers);
  const door = { service: `connector-${system.id}`, within: { system: system.id }, database, connection, codec };
  return serve(options, { ...door, admin }, closers);
}

type ServeParts = Omit<AccessParts, 'settings'> & { readonly admin: HostAdmin };

async function serve(
  options: ConnectorHostOptions,
  { admin, ...door }: ServeParts,
  closers: Closers,
): Promise<{ readonly url: string }> {
  const { logger, metrics, http } = options;
  const { database } = door;
  const { access } = openAccess({ ...door, settings: options }, closers);
  const ready = { database: async (): Promise<void> => void (await database.query('SELECT 1')) };
  const parked = new PostgresParkedKeys(database);
  const front = { ...http, access, logger, metrics, ready, parked, api: HOST_API };
  const app = await serveHttpApp(HostModule.forRoot(admin), front);
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

/** Whether something was restored from a backup: the system, as known before, or this database, as its topics show. */
async function openPast(
  { file, logger }: ConnectorHostOptions,
  parts: {
    readonly system: HubSystem;
    readonly database: Database;
    readonly codec: AvroCodec;
    readonly connection: KafkaConnection;
    readonly topics: KafkaTopics;
  },
  closers: Closers,
): Promise<{ readonly ownTopics: OwnTopics; readonly restored: RestoredSystem; readonly epoch: number }> {
  const { system, database, codec, connection, topics } = parts;
  const reader = new TopicReader(connection);
  closers.add(() => reader.close());
  const [store, positions] = [new PostgresRestoredStore(database), new PostgresAppliedOffsets(database)];
  const ownTopics = new OwnTopics({
    ...{ system: system.id, entities: Object.keys(system.entities) as Entity[], logger },
    ...{ topics: topicNames(file.hub.topicPrefix), events: new EventCodec(codec) },
    ...{ store: new PostgresMirrorStore(database), restored: store, stored: positions },
    marked: new MarkedTopics(reader, codec, positions),
    committed: (topic) => topics.committedOffsets(groupOf(file, system.id), topic),
    owner: randomUUID() as string as LeaseOwner,
  });
  await untilAnswered(() => ownTopics.takeOver());
  const restored = new RestoredSystem({ system: system.id, store, logger });
  await restored.refresh();
  return { ownTopics, restored, epoch: await store.findEpoch() };
}

function groupOf({ hub }: HubFile, system: SystemId): string {
  return `${hub.topicPrefix}connector-${system}`;
}

async function openDatabase({ file, system, servers }: ConnectorHostOptions, closers: Closers): Promise<Database> {
  const database = await Database.connect(
    {
      url: servers.databaseUrl,
      schema: schemaName(file, `connector-${system}`),
      applicationName: `plumbline-connector-${system}`,
    },
    [
      ...[CreateOutboxTables, AddParkingAndLimit, CreateMirrorTables, AddRestored, AddRangeDigests],
      ...[AddLastWrite, AddScans, AddEndedWrites, CreateAccessTables],
    ],
  );
  closers.add(() => database.close());
  await database.migrate();
  return database;
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
    groupId: groupOf(file, system),
    routes: GoldenEventsModule.routes(context),
    codec,
    deadLetterTopic: context.topics.deadLetter(`connector-${system}`),
    positions: new PostgresAppliedOffsets(database),
    replayLanes: { prefix: file.hub.topicPrefix },
    onFatal,
    logger,
    metrics,
  });
  await serveConsumerApp(GoldenEventsModule.forRoot(context), { strategy, logger }, closers);
}

function startRounds(
  { system, servers, file, logger }: ConnectorHostOptions,
  context: HostContext,
  { loops, ...stores }: Pick<RoundTools, 'mirror' | 'scans'> & { readonly loops: readonly EntityLoops[] },
  closers: Closers,
): void {
  const pollers = new Map(loops.map(({ entity, poller }) => [entity, poller]));
  const rounds = new Rounds(context, { ...stores, pollers });
  const queue = { system, redisUrl: servers.redisUrl, prefix: file.hub.topicPrefix, logger };
  const worker = startRoundWorker(queue, rounds.handle);
  closers.add(() => worker.close());
}

function startLoops(loops: readonly EntityLoops[], others: readonly StepLoop[], closers: Closers): void {
  const all = [...loops.flatMap((one) => one.all), ...others];
  for (const loop of all) loop.start();
  closers.add(() => Promise.all(all.map((loop) => loop.stop())));
}
