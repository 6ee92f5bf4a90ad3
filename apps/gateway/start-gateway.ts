import { openAccess } from '#access';
import type { ServiceSettings } from '#config';
import { topicNames, type Entity } from '#contracts';
import { schemaName } from '#hub-file';
import { startParts, systemClock, type Closers } from '#kernel';
import {
  AvroCodec,
  EventCodec,
  GoldenPages,
  KafkaTopics,
  openSchemas,
  TopicReader,
  type KafkaConnection,
} from '#messaging-kafka';
import { serveHttpApp, type AppRuntime, type RunningApp } from '#observability';
import { compileShape, WHOLE } from '#replay';
import {
  AddNamedFeeds,
  CreateAccessTables,
  CreateFeedTables,
  Database,
  PostgresFeedStore,
  PostgresFeedTarget,
} from '#store-postgres';
import { FeedDocuments } from './feed-documents.js';
import { FeedLoop } from './feed-loop.js';
import { GATEWAY_API } from './gateway-api.js';
import { GatewayModule } from './gateway.module.js';

/** How the gateway is started, alone or beside other apps. */
export interface GatewayOptions extends ServiceSettings, AppRuntime {}

/** An end offset counts for so long a part of the topic's minimal compaction lag: clocks drift. */
const VALID_SHARE = 0.75;

/**
 * Starts the gateway: a follower of each golden topic that the hub file names under `feeds`, and the feeds over HTTP.
 * @throws HubError HUB_CONFIG_INVALID, HUB_DATABASE_UNREACHABLE, HUB_BROKER_*, HUB_TOPIC_MISSING
 */
export async function startGateway(options: GatewayOptions): Promise<RunningApp> {
  return startParts((closers) => start(options, closers));
}

async function start(options: GatewayOptions, closers: Closers): Promise<RunningApp> {
  const { file, logger, metrics } = options;
  const database = await openDatabase(options, closers);
  const codec = new AvroCodec(openSchemas(options.servers, logger));
  await codec.ensureSchemas();
  const entities = file.feeds ?? [];
  const loops: FeedLoop[] = [];
  for (const entity of entities) loops.push(await startFeed(options, { database, codec, entity }, closers));
  const documents = new FeedDocuments({ reader: new PostgresFeedStore(database), hub: file.hub.name, entities });
  const connection = connectionOf(options, 'audit');
  const { access } = openAccess({ service: 'gateway', settings: options, database, connection, codec }, closers);
  const ready = { database: () => database.query('SELECT 1') };
  const front = { ...options.http, access, logger, metrics, ready, api: GATEWAY_API };
  const app = await serveHttpApp(GatewayModule.forRoot(documents), front);
  closers.add(() => app.close());
  return app;
}

async function startFeed(
  options: GatewayOptions,
  { database, codec, entity }: { readonly database: Database; readonly codec: AvroCodec; readonly entity: Entity },
  closers: Closers,
): Promise<FeedLoop> {
  const { file, logger, onFatal } = options;
  const topic = topicNames(file.hub.topicPrefix).golden(entity);
  const reader = new TopicReader(connectionOf(options, `feed-${entity}`));
  closers.add(() => reader.close());
  const pages = new GoldenPages({
    ...{ reader, codec, events: new EventCodec(codec), topic, entity, view: compileShape(entity, WHOLE) },
  });
  const target = new PostgresFeedTarget(database, { feed: entity, entity }, systemClock);
  const endValidMs = VALID_SHARE * (await compactionLagMs(options, topic));
  const loop = new FeedLoop({ entity, topic, pages, target, endValidMs, clock: systemClock, logger, onFatal });
  closers.add(() => loop.stop());
  await loop.start();
  return loop;
}

async function compactionLagMs(options: GatewayOptions, topic: string): Promise<number> {
  const topics = new KafkaTopics(connectionOf(options, 'topics'));
  try {
    return Number((await topics.configOf(topic))['min.compaction.lag.ms'] ?? 0);
  } finally {
    await topics.close();
  }
}

async function openDatabase({ file, servers }: GatewayOptions, closers: Closers): Promise<Database> {
  const names = { schema: schemaName(file, 'gateway'), applicationName: 'plumbline-gateway' };
  const database = await Database.connect({ url: servers.databaseUrl, ...names }, [
    CreateFeedTables,
    AddNamedFeeds,
    CreateAccessTables,
  ]);
  closers.add(() => database.close());
  await database.migrate();
  return database;
}

function connectionOf({ servers, logger }: GatewayOptions, part: string): KafkaConnection {
  return { brokers: servers.brokers, ...servers.kafkaSecurity, clientId: `plumbline-gateway-${part}`, logger };
}
