import { randomUUID } from 'node:crypto';
import type { DynamicModule } from '@nestjs/common';
import { openAccess, type AppAccess } from '#access';
import type { ServiceSettings } from '#config';
import { topicNames, type Entity, type TopicNames } from '#contracts';
import { GoldenMerger, GoldenTakeOver, Reverter } from '#golden-record';
import { entitiesOf, schemaName, type HubFile, type SurvivorshipPolicy } from '#hub-file';
import { HubError, startParts, StepLoop, systemClock, type Closers } from '#kernel';
import {
  AvroCodec,
  EventCodec,
  KafkaBatchServer,
  KafkaEventPublisher,
  MarkedTopics,
  openSchemas,
  TopicReader,
  type KafkaConnection,
} from '#messaging-kafka';
import { serveConsumerApp, serveHttpApp, type AppRuntime, type RunningApp } from '#observability';
import { startRelay, WOKEN_POLL_MS, type OutboxRelay } from '#outbox';
import {
  AddGuardWindow,
  AddReverts,
  CreateAccessTables,
  CreateGoldenTables,
  AddParkingAndLimit,
  CreateOutboxTables,
  Database,
  PostgresAppliedOffsets,
  PostgresGoldenStore,
  openOutboxStore,
  PostgresOutboxStore,
  PostgresParkedKeys,
} from '#store-postgres';
import { forgetStep, guardStep, markStep, remergeStep, revertStep } from './background-work.js';
import { changeTopics } from './change-topics.js';
import { CONTRIBUTIONS, type ContributionsIntake } from './contributions.controller.js';
import { GOLDEN_API } from './golden-api.js';
import { GoldenQueries } from './golden-queries.js';
import { Reverts, type RevertsOptions } from './reverts.js';
import { OwnTopics } from './own-topics.js';
import { startGoldenReadBack } from './read-back.js';
import { ContributionsModule, GoldenHttpModule } from './golden.module.js';
import { untilAnswered } from './until-answered.js';

/** How golden is started, alone or beside other apps. */
export interface GoldenOptions extends ServiceSettings, AppRuntime {}

type Policies = Readonly<Partial<Record<Entity, SurvivorshipPolicy>>>;

/**
 * Starts golden: database, relay, guard, consumer of all change topics, HTTP API.
 * @throws HubError HUB_CONFIG_INVALID, HUB_DATABASE_UNREACHABLE, HUB_REGISTRY_UNREACHABLE, HUB_BROKER_UNREACHABLE,
 *   HUB_TOPIC_MISSING
 */
export async function startGolden(options: GoldenOptions): Promise<RunningApp> {
  return startParts((closers) => start(options, closers));
}

async function start(options: GoldenOptions, closers: Closers): Promise<RunningApp> {
  const { file, servers, logger, metrics } = options;
  const database = await openDatabase(options, closers);
  const encoder = new AvroCodec(openSchemas(servers, logger));
  await encoder.ensureSchemas();
  const [store, outbox] = [new PostgresGoldenStore(database), new PostgresOutboxStore(database)];
  const topics = topicNames(file.hub.topicPrefix);
  const ownTopics = openOwnTopics(options, { database, store, codec: encoder, topics }, closers);
  const lost = await untilAnswered(() => ownTopics.findLost());
  const policies = await adoptPolicies(file, store, lost?.policyVersions ?? new Map());
  const clock = systemClock;
  const limits = file.liveLimits;
  const merging = { store, encoder, topics, policies, limits, clock, logger, metrics };
  const merger = new GoldenMerger(merging);
  if (lost) await untilAnswered(() => ownTopics.takeOver(lost, policies, merger));

  const { onFatal } = options;
  const publisher = new KafkaEventPublisher(connectionOf(options, 'relay'));
  const owner = randomUUID();
  const onRows = (): void => relay.wake();
  const pending = openOutboxStore(database, { reader: servers.outboxReader, clock, logger, onRows });
  const parts = { store: pending, publisher, clock, logger, metrics, owner, onFatal, maxRows: servers.outboxMaxRows };
  const relay: OutboxRelay = startRelay({ ...parts, maxPollMs: WOKEN_POLL_MS }, closers);
  startGoldenReadBack({ merging, database, connection: connectionOf(options, 'read-back'), relay, onFatal }, closers);
  const work = { merger, store, outbox, clock, logger, mark: () => ownTopics.mark() };
  const door = { service: 'golden', settings: options, database, connection: connectionOf(options, 'audit') };
  const { access, fourEyes } = openAccess({ ...door, codec: encoder }, closers);
  const guard = startLoop(options, { name: 'guard', step: guardStep(work) }, closers);
  startLoop(options, { name: 'policy', step: remergeStep(work, Object.keys(policies) as Entity[]) }, closers);
  startLoop(options, { name: 'marks', step: markStep(work) }, closers);
  const reverting = { ...work, reverter: new Reverter(merging), fourEyes, onStep: onRows };
  const reverts = startReverts(options, reverting, closers);
  const apply: ContributionsIntake['apply'] = async (page) => {
    const result = await merger.applyPage(page);
    relay.wake();
    if (result.judged) guard.wake();
    return result;
  };
  const consumer = await startConsumer(options, { database, codec: encoder, topics, apply }, closers);
  const onDecided = (): void => guard.wake();
  const queries = new GoldenQueries({ store, outbox, merger, policies, clock, fourEyes, onDecided });
  return serve(
    options,
    { module: GoldenHttpModule.forRoot(queries, reverts), database, access, consumer, relay },
    closers,
  );
}

interface ServeParts extends Pick<AppAccess, 'access'> {
  readonly module: DynamicModule;
  readonly database: Database;
  readonly consumer: KafkaBatchServer;
  readonly relay: OutboxRelay;
}

async function serve(options: GoldenOptions, parts: ServeParts, closers: Closers): Promise<RunningApp> {
  const { module, database, access, consumer, relay } = parts;
  const { logger, metrics } = options;
  const ready = {
    database: () => database.query('SELECT 1'),
    consumer: async () => assertUp('consumer', consumer.state !== 'failed' && consumer.state !== 'stopped'),
    relay: async () => assertUp('relay', relay.state !== 'failed'),
  };
  const parked = new PostgresParkedKeys(database);
  const app = await serveHttpApp(module, { ...options.http, access, logger, metrics, ready, parked, api: GOLDEN_API });
  closers.add(() => app.close());
  return app;
}

function assertUp(part: string, isUp: boolean): void {
  if (!isUp) throw new HubError('HUB_BROKER_UNREACHABLE', `The ${part} has stopped; see the log.`, { part });
}

async function openDatabase({ file, servers }: GoldenOptions, closers: Closers): Promise<Database> {
  const names = { schema: schemaName(file, 'golden'), applicationName: 'plumbline-golden' };
  const database = await Database.connect({ url: servers.databaseUrl, ...names }, [
    CreateOutboxTables,
    AddParkingAndLimit,
    CreateGoldenTables,
    AddGuardWindow,
    AddReverts,
    CreateAccessTables,
  ]);
  closers.add(() => database.close());
  await database.migrate();
  return database;
}

interface OwnTopicsParts extends Pick<ConsumerParts, 'database' | 'codec' | 'topics'> {
  readonly store: PostgresGoldenStore;
}

function openOwnTopics(
  options: GoldenOptions,
  { database, store, codec, topics }: OwnTopicsParts,
  closers: Closers,
): OwnTopics {
  const reader = new TopicReader(connectionOf(options, 'past'));
  closers.add(() => reader.close());
  return new OwnTopics({
    ...{ topics, codec, logger: options.logger, events: new EventCodec(codec) },
    entities: entitiesOf(options.file).filter((entity) => options.file.survivorship[entity]),
    changes: changeTopics(options, topics),
    marked: new MarkedTopics(reader, codec, new PostgresAppliedOffsets(database)),
    takeOver: new GoldenTakeOver({ store, encoder: codec, topics }),
  });
}

/**
 * Policies with the version in force: it rises with every change of the hub file, whether or not a person raised it, and
 * above every version that a published record names and this database does not know.
 */
async function adoptPolicies(
  file: HubFile,
  store: PostgresGoldenStore,
  published: ReadonlyMap<Entity, number>,
): Promise<Policies> {
  const policies: Partial<Record<Entity, SurvivorshipPolicy>> = {};
  for (const [entity, policy] of Object.entries(file.survivorship) as [Entity, SurvivorshipPolicy][]) {
    const fields = Object.entries(policy.fields).sort(([a], [b]) => (a < b ? -1 : 1));
    const text = JSON.stringify([policy.create, policy.delete, fields]);
    const named = published.get(entity) ?? 0;
    const isUnknown = named > (await store.findPolicyVersion(entity));
    const atLeast = Math.max(policy.version, isUnknown ? named + 1 : 0);
    policies[entity] = { ...policy, version: await store.adoptPolicy(entity, text, atLeast) };
  }
  return policies;
}

function startLoop(
  { logger, onFatal }: GoldenOptions,
  work: { readonly name: string; readonly step: () => Promise<boolean> },
  closers: Closers,
): StepLoop {
  const mode = { idleMs: 1_000, endsOn: ['park', 'stop', 'crash'], wakesFromErrors: false } as const;
  const loop = new StepLoop({ ...work, ...mode, clock: systemClock, logger, onFatal });
  closers.add(() => loop.stop());
  loop.start();
  return loop;
}

type RevertParts = Parameters<typeof revertStep>[0] &
  Parameters<typeof forgetStep>[0] &
  Pick<RevertsOptions, 'reverter' | 'fourEyes'>;

/** Plans and applies reverts in the background. */
function startReverts(options: GoldenOptions, parts: RevertParts, closers: Closers): Reverts {
  const loop = startLoop(options, { name: 'reverts', step: revertStep(parts) }, closers);
  const { keepRoundsMs } = options.file.reconcile;
  startLoop(options, { name: 'forget', step: forgetStep(parts, keepRoundsMs) }, closers);
  return new Reverts({ ...parts, onDue: () => loop.wake() });
}

interface ConsumerParts extends Pick<ContributionsIntake, 'apply'> {
  readonly database: Database;
  readonly codec: AvroCodec;
  readonly topics: TopicNames;
}

async function startConsumer(
  options: GoldenOptions,
  parts: ConsumerParts,
  closers: Closers,
): Promise<KafkaBatchServer> {
  const { file, logger, metrics, onFatal } = options;
  const { codec, database, apply } = parts;
  const topics = changeTopics(options, parts.topics);
  const strategy = new KafkaBatchServer({
    connection: connectionOf(options, 'consumer'),
    groupId: `${file.hub.topicPrefix}golden`,
    routes: [...topics.keys()].map((topic) => ({ topic, pattern: CONTRIBUTIONS })),
    codec,
    deadLetterTopic: parts.topics.deadLetter('golden'),
    positions: new PostgresAppliedOffsets(database),
    replayLanes: { prefix: file.hub.topicPrefix },
    onFatal,
    logger,
    metrics,
    // One page is decided while the database works on another.
    partitionsConcurrently: 2,
  });
  const intake: ContributionsIntake = { topics, apply };
  await serveConsumerApp(ContributionsModule.forRoot(intake), { strategy, logger }, closers);
  return strategy;
}

function connectionOf({ servers, logger }: GoldenOptions, part: string): KafkaConnection {
  return { brokers: servers.brokers, ...servers.kafkaSecurity, clientId: `plumbline-golden-${part}`, logger };
}
