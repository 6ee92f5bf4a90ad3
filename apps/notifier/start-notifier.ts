import { randomUUID } from 'node:crypto';
import { openAccess } from '#access';
import type { ServiceSettings } from '#config';
import { topicNames } from '#contracts';
import { entitiesOf, schemaName, type HubWebhook } from '#hub-file';
import { HubError, startParts, StepLoop, systemClock, type Closers } from '#kernel';
import { AvroCodec, KafkaBatchServer, KafkaTopics, openSchemas, type KafkaConnection } from '#messaging-kafka';
import { serveConsumerApp, serveHttpApp, type AppRuntime, type RunningApp } from '#observability';
import { AddressGuard, OutboundHttp } from '#outbound-http';
import {
  CreateAccessTables,
  CreateOutboxTables,
  CreateWebhookTables,
  Database,
  PostgresAppliedOffsets,
  PostgresDeliveryStore,
} from '#store-postgres';
import { parseWebhookSecret, WebhookSender, type WebhookSecret, type WebhookTarget } from '#webhooks';
import { GOLDEN_EVENTS, type GoldenEventsIntake } from './golden-events.controller.js';
import { NOTIFIER_API } from './notifier-api.js';
import { GoldenEventsModule, NotifierHttpModule } from './notifier.module.js';

/** How the notifier is started, alone or beside other apps. */
export interface NotifierOptions extends ServiceSettings, AppRuntime {}

/** How often a sender looks for what became due. */
const POLL_MS = 1_000;
const HTTP_LIMITS = { maxResponseBytes: 64 * 1024, connectTimeoutMs: 5_000, connections: 16 };

/**
 * Starts the notifier: consumer of golden's history, one sender for each receiver of the hub file, HTTP API.
 * @throws HubError HUB_CONFIG_INVALID, HUB_DATABASE_UNREACHABLE, HUB_REGISTRY_UNREACHABLE, HUB_BROKER_UNREACHABLE,
 *   HUB_TOPIC_MISSING
 */
export async function startNotifier(options: NotifierOptions): Promise<RunningApp> {
  return startParts((closers) => start(options, closers));
}

async function start(options: NotifierOptions, closers: Closers): Promise<RunningApp> {
  const { file, logger, metrics } = options;
  const webhooks = file.webhooks ?? [];
  const targets = webhooks.map((webhook) => [webhook, toTarget(webhook)] as const);
  const database = await openDatabase(options, closers);
  const store = new PostgresDeliveryStore(database);
  const senders = new Map(
    targets.map(([webhook, target]) => [webhook.name, startSender(options, { webhook, target, store }, closers)]),
  );
  const codec = new AvroCodec(openSchemas(options.servers, logger));
  await codec.ensureSchemas();
  const consumer = await startConsumer(options, { database, store, senders, codec }, closers);
  const wake = (name: string): void => senders.get(name)?.wake();
  const ready = {
    database: () => database.query('SELECT 1'),
    consumer: async () => assertUp(consumer.state !== 'failed' && consumer.state !== 'stopped'),
  };
  const door = { service: 'notifier', settings: options, database, connection: connectionOf(options), codec };
  const { access } = openAccess(door, closers);
  const module = NotifierHttpModule.forRoot({ webhooks, store, wake });
  const app = await serveHttpApp(module, { ...options.http, access, logger, metrics, ready, api: NOTIFIER_API });
  closers.add(() => app.close());
  return app;
}

function assertUp(isUp: boolean): void {
  if (!isUp) throw new HubError('HUB_BROKER_UNREACHABLE', 'The consumer has stopped; see the log.');
}

/** @throws HubError HUB_CONFIG_INVALID for a secret that protects nothing; names the webhook, never the secret */
function toTarget({ name, url, secrets, timeoutMs }: HubWebhook): WebhookTarget {
  const [newest, ...others] = secrets.map((secret, index) => toSecret(secret, `webhooks.${name}.secrets[${index}]`));
  if (!newest) throw new HubError('HUB_CONFIG_INVALID', `webhooks.${name}: all secrets are empty.`, { webhook: name });
  return { url: new URL(url), secrets: [newest, ...others], timeoutMs };
}

function toSecret(text: string, path: string): WebhookSecret {
  const secret = parseWebhookSecret(text);
  if (secret) return secret;
  const what = `${path} is no secret: whsec_ and 24 to 64 bytes in base64 (\`openssl rand -base64 32\`).`;
  throw new HubError('HUB_CONFIG_INVALID', what, { path });
}

async function openDatabase({ file, servers }: NotifierOptions, closers: Closers): Promise<Database> {
  const names = { schema: schemaName(file, 'notifier'), applicationName: 'plumbline-notifier' };
  const migrations = [CreateOutboxTables, CreateWebhookTables, CreateAccessTables];
  const database = await Database.connect({ url: servers.databaseUrl, ...names }, migrations);
  closers.add(() => database.close());
  await database.migrate();
  return database;
}

interface SenderParts {
  readonly webhook: HubWebhook;
  readonly target: WebhookTarget;
  readonly store: PostgresDeliveryStore;
}

/** A receiver has its own connections and its own loop: a slow one holds up no other. */
function startSender(options: NotifierOptions, { webhook, target, store }: SenderParts, closers: Closers): StepLoop {
  const { logger, metrics, onFatal } = options;
  const http = new OutboundHttp(new AddressGuard(webhook.allowedHosts), HTTP_LIMITS);
  const about = { endpoint: webhook.name, owner: randomUUID(), random: Math.random };
  const sender = new WebhookSender({ ...about, target, http, store, clock: systemClock, logger, metrics });
  const loop = new StepLoop({
    ...{ name: `webhook ${webhook.name}`, step: () => sender.sendDue(), idleMs: POLL_MS },
    ...{ endsOn: ['park', 'stop', 'crash'], wakesFromErrors: false, clock: systemClock, logger, onFatal },
  });
  closers.add(async () => {
    await loop.stop();
    await sender.release();
    await http.close();
  });
  loop.start();
  return loop;
}

interface ConsumerParts {
  readonly database: Database;
  readonly store: PostgresDeliveryStore;
  readonly senders: ReadonlyMap<string, StepLoop>;
  readonly codec: AvroCodec;
}

async function startConsumer(
  options: NotifierOptions,
  { database, store, senders, codec }: ConsumerParts,
  closers: Closers,
): Promise<KafkaBatchServer> {
  const { file, logger, metrics, onFatal } = options;
  const names = topicNames(file.hub.topicPrefix);
  const topics = entitiesOf(file).map((entity) => names.history(entity));
  await beginAtEnds(connectionOf(options), topics, store);
  const strategy = new KafkaBatchServer({
    connection: connectionOf(options),
    groupId: `${file.hub.topicPrefix}notifier`,
    routes: topics.map((topic) => ({ topic, pattern: GOLDEN_EVENTS })),
    codec,
    deadLetterTopic: names.deadLetter('notifier'),
    positions: new PostgresAppliedOffsets(database),
    replayLanes: { prefix: file.hub.topicPrefix },
    ...{ onFatal, logger, metrics },
  });
  const add: GoldenEventsIntake['add'] = async (page) => {
    await store.addPage(page);
    for (const endpoint of new Set(page.deliveries.map((delivery) => delivery.endpoint))) senders.get(endpoint)?.wake();
  };
  const intake = { webhooks: file.webhooks ?? [], add };
  await serveConsumerApp(GoldenEventsModule.forRoot(intake), { strategy, logger }, closers);
  return strategy;
}

async function beginAtEnds(
  connection: KafkaConnection,
  topics: readonly string[],
  store: PostgresDeliveryStore,
): Promise<void> {
  const kafka = new KafkaTopics(connection);
  try {
    for (const topic of topics) await store.beginAt(topic, await kafka.endOffsets(topic));
  } finally {
    await kafka.close();
  }
}

function connectionOf({ servers, logger }: NotifierOptions): KafkaConnection {
  return { brokers: servers.brokers, ...servers.kafkaSecurity, clientId: 'plumbline-notifier', logger };
}
