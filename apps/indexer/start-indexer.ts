import { openAccess } from '#access';
import type { ServiceSettings } from '#config';
import { topicNames } from '#contracts';
import { schemaName, type Endpoints } from '#hub-file';
import { HubError, startParts, StepLoop, systemClock, type Closers } from '#kernel';
import { AvroCodec, KafkaTopics, openSchemas, RecordLookup, type KafkaConnection } from '#messaging-kafka';
import { serveHttpApp, type AppRuntime, type RunningApp } from '#observability';
import {
  AddNewestRecord,
  CreateAccessTables,
  CreateIndexTables,
  CreateOutboxTables,
  Database,
  IndexRecordsByKind,
  PostgresAppliedOffsets,
  PostgresRecordIndexStore,
} from '#store-postgres';
import { HubTopics } from './hub-topics.js';
import { INDEXER_API } from './indexer-api.js';
import { IndexerHttpModule } from './indexer.module.js';
import { IndexingConsumer } from './indexing-consumer.js';
import { PageIndexer } from './page-indexer.js';
import { MirrorClient } from './mirror-client.js';
import { RecordContents } from './record-contents.js';
import { RecordQueries } from './record-queries.js';
import { RoundClient } from './round-client.js';
import { TimelineQueries } from './timeline-queries.js';

/** How the indexer is started, alone or beside other apps. */
export interface IndexerOptions extends ServiceSettings, AppRuntime {
  /** Where connectors and the reconciler are found. */
  readonly endpoints: Endpoints;
  /** How often topics are looked at; default 5,000. */
  readonly lookEveryMs?: number;
}

/** A page of the index is one transaction. */
const PAGE = { batchSize: 5_000, batchBytes: 2 * 1024 * 1024, partitionsConcurrently: 2 };

/**
 * Starts the indexer: consumer of every topic of the hub, and HTTP API.
 * @throws HubError HUB_CONFIG_INVALID, HUB_DATABASE_UNREACHABLE, HUB_BROKER_*
 */
export async function startIndexer(options: IndexerOptions): Promise<RunningApp> {
  return startParts((closers) => start(options, closers));
}

async function start(options: IndexerOptions, closers: Closers): Promise<RunningApp> {
  const { file, logger, metrics, onFatal } = options;
  const { topicPrefix: prefix } = file.hub;
  const database = await openDatabase(options, closers);
  const store = new PostgresRecordIndexStore(database);
  const topics = new KafkaTopics(connectionOf(options, 'topics'));
  closers.add(() => topics.close());
  const hubTopics = new HubTopics({ topics, store, prefix, clock: systemClock, logger });
  const codec = new AvroCodec(openSchemas(options.servers, logger));
  await codec.ensureSchemas();
  const consumer: IndexingConsumer = new IndexingConsumer({
    ...{ connection: connectionOf(options, 'consumer'), groupId: `${prefix}indexer`, codec, logger, metrics, onFatal },
    ...{ deadLetterTopic: topicNames(prefix).deadLetter('indexer'), positions: new PostgresAppliedOffsets(database) },
    ...{ indexer: new PageIndexer({ store, codec, prefix }), hubTopics, store, onLost: () => loop.wake(), ...PAGE },
  });
  closers.add(() => consumer.close());
  const loop: StepLoop = new StepLoop({
    ...{ name: 'topics', step: () => consumer.step(), idleMs: options.lookEveryMs ?? 5_000 },
    ...{ endsOn: ['park', 'crash'], wakesFromErrors: false, clock: systemClock, logger, onFatal },
  });
  closers.add(() => loop.stop());
  loop.start();
  const ready = {
    database: () => database.query('SELECT 1'),
    consumer: async () => assertUp(consumer.isUp),
  };
  const lookup = new RecordLookup(connectionOf(options, 'lookup'));
  closers.add(() => lookup.close());
  const records = new RecordQueries(store, hubTopics);
  const contents = new RecordContents({ lookup, codec, prefix });
  const { token } = options.http;
  const mirrors = new MirrorClient({ connectors: options.endpoints.connectors, token, logger });
  const rounds = new RoundClient({ url: options.endpoints.reconciler, token, logger });
  const timelines = new TimelineQueries({ store, records, contents, mirrors, rounds, prefix });
  const module = IndexerHttpModule.forRoot({ records, timelines });
  const door = { service: 'indexer', settings: options, database, connection: connectionOf(options, 'audit'), codec };
  const { access } = openAccess(door, closers);
  const app = await serveHttpApp(module, { ...options.http, access, logger, metrics, ready, api: INDEXER_API });
  closers.add(() => app.close());
  return app;
}

function assertUp(isUp: boolean): void {
  if (!isUp) throw new HubError('HUB_BROKER_UNREACHABLE', 'The consumer has stopped; see the log.');
}

async function openDatabase({ file, servers }: IndexerOptions, closers: Closers): Promise<Database> {
  const names = { schema: schemaName(file, 'indexer'), applicationName: 'plumbline-indexer' };
  const database = await Database.connect({ url: servers.databaseUrl, ...names }, [
    CreateOutboxTables,
    CreateIndexTables,
    AddNewestRecord,
    IndexRecordsByKind,
    CreateAccessTables,
  ]);
  closers.add(() => database.close());
  await database.migrate();
  return database;
}

function connectionOf({ servers, logger }: IndexerOptions, part: string): KafkaConnection {
  return { brokers: servers.brokers, ...servers.kafkaSecurity, clientId: `plumbline-indexer-${part}`, logger };
}
