import { withApiKeys } from '#access';
import { auditKeysOf } from '#audit';
import { createApiKey } from '#auth';
import { topicNames, type Entity, type GoldenEvent } from '#contracts';
import { schemaName, type HubFile } from '#hub-file';
import { instantOfMs, silentLogger, systemClock, type HubError, type SystemId } from '#kernel';
import { AvroCodec, EventCodec, KafkaEventPublisher, KafkaTopics, SchemaRegistry } from '#messaging-kafka';
import { createMetrics, type RunningApp } from '#observability';
import { encodeHeaders, type OutboxRow } from '#outbox';
import { Database } from '#store-postgres';
import { startGateway } from '../../apps/gateway/start-gateway.js';
import { serverAddresses, unique } from '../harness/servers.js';

const TOKEN = 'a-token-for-this-test';
const ERP = 'erp' as SystemId;
const DAY_MS = 86_400_000;
const ROWS_A_REQUEST = 5_000;

/** The gateway over real servers, in this process. */
export class GatewayUnderTest {
  readonly names: ReturnType<typeof topicNames>;
  readonly servers = serverAddresses();
  readonly fatal: HubError[] = [];
  readonly file: HubFile;
  private readonly connection = { brokers: this.servers.kafkaBrokers, clientId: 'gateway-test' };
  private readonly codec = new AvroCodec(new SchemaRegistry({ url: this.servers.registryUrl }));
  private readonly events = new EventCodec(this.codec);
  private readonly publisher = new KafkaEventPublisher(this.connection);
  private readonly topics = new KafkaTopics(this.connection);
  private running: RunningApp | null = null;

  /** @param followed of the hub file */
  constructor(
    readonly prefix = `${unique('g').replace('_', '-')}.`,
    followed: readonly Entity[] = ['product', 'customer'],
  ) {
    this.names = topicNames(prefix);
    this.file = {
      hub: { name: 'test', topicPrefix: prefix, port: 0, partitions: 3 },
      systems: [{ id: ERP, connector: 'sql', mode: 'observe', config: {}, entities: {} }],
      survivorship: {},
      liveLimits: {} as HubFile['liveLimits'],
      repairLimits: {} as HubFile['repairLimits'],
      reconcile: { everyMs: 0, keepRoundsMs: 0, keepAuditMs: 0, maxRateShare: 0.2 },
      feeds: followed,
      access: {
        roles: { partner: [{ permission: 'record:export' }] },
        limits: { requestsPerMinute: 100_000 },
        fourEyesAbove: null,
        auditsReads: false,
      },
    };
  }

  async open(): Promise<void> {
    await this.codec.ensureSchemas();
    const topics = (this.file.feeds ?? []).map((entity) => this.names.golden(entity));
    await this.topics.ensure([
      ...topics.map((name) => ({ name, kind: 'golden' as const, partitions: 3 })),
      { name: this.names.hub('audit'), kind: 'hub', partitions: 1 },
    ]);
  }

  async start(): Promise<void> {
    const { databaseUrl, redisUrl, registryUrl, kafkaBrokers: brokers } = this.servers;
    this.running = await startGateway({
      file: this.file,
      servers: { databaseUrl, redisUrl, registryUrl, brokers, kafkaSecurity: {} },
      http: { host: '127.0.0.1', port: 0, token: TOKEN },
      logger: silentLogger,
      metrics: createMetrics(),
      onFatal: (error) => void this.fatal.push(error),
    });
  }

  async stop(): Promise<void> {
    await this.running?.close();
    this.running = null;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.publisher.close();
    const feeds = this.file.feeds ?? [];
    await this.topics.deleteTopics([...feeds.map((entity) => this.names.golden(entity)), this.names.hub('audit')]);
    await this.topics.close();
    const options = { url: this.servers.databaseUrl, schema: 'public', applicationName: 'gateway-test', poolSize: 1 };
    const database = await Database.connect(options, []);
    for (const service of ['gateway', 'access'])
      await database.query(`DROP SCHEMA IF EXISTS "${schemaName(this.file, service)}" CASCADE`);
    await database.close();
  }

  async publish(events: readonly GoldenEvent[]): Promise<void> {
    for (let from = 0; from < events.length; from += ROWS_A_REQUEST) {
      const rows = events.slice(from, from + ROWS_A_REQUEST).map((event): OutboxRow => ({
        ...{ sequence: 0n, topics: [this.names.golden(event.entity)], key: event.key },
        ...{ value: this.events.encodeGolden(event), headers: encodeHeaders({}) },
      }));
      await this.publisher.publish(rows);
    }
  }

  /** @param path below the gateway's address, or a whole address */
  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const authorization = `Bearer ${TOKEN}`;
    return fetch(this.urlOf(path), { headers: { authorization, ...headers }, redirect: 'manual' });
  }

  urlOf(path: string): string {
    return new URL(path, `${this.running?.url}/`).href;
  }

  /** An API key with the role `partner`: it may export, and sees nothing personal. */
  async partnerKey(): Promise<string> {
    const place = { file: this.file, url: this.servers.databaseUrl, keys: auditKeysOf([Buffer.alloc(32, 1)]) };
    const expiresAt = instantOfMs(Date.now() + DAY_MS);
    const { key } = await withApiKeys(place, ({ store }) =>
      createApiKey({ name: 'p', owner: 'ann', roles: ['partner'], expiresAt }, { store, clock: systemClock }),
    );
    return key;
  }
}
