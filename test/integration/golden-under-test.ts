import { afterAll, beforeAll, expect } from '@jest/globals';
import { HEADERS } from '#contracts';
import { aContribution, type ContributionSketch } from '#golden-record/testing';
import { schemaName, topicsOf, type HubAccess, type HubEntityMapping, type HubFile, type LiveLimits } from '#hub-file';
import { silentLogger, type HubError, type SystemId } from '#kernel';
import { AvroCodec, EventCodec, KafkaEventPublisher, KafkaTopics, SchemaRegistry } from '#messaging-kafka';
import { createMetrics, type RunningApp } from '#observability';
import { encodeHeaders } from '#outbox';
import { ownLanes } from '#replay';
import { Database } from '#store-postgres';
import { startGolden, type GoldenOptions } from '../../apps/golden/start-golden.js';
import { serverAddresses, unique } from '../harness/servers.js';
import { KafkaProxy } from './messaging-proxy.js';

const ERP = 'erp' as SystemId;
const limits: LiveLimits = {
  ...{ windowMs: 60_000, maxChangedShare: 1, minChanged: 500, maxDeleteShare: 1, minDeletes: 500 },
  ...{ toZero: {}, changedBy: {} },
};
const mapping: HubEntityMapping = { source: 'price', key: ['sku'], fields: {}, options: {} };

/** What a test's golden is started with. */
export interface GoldenTestOptions {
  readonly throughProxy?: boolean;
  readonly access?: HubAccess;
  readonly live?: Partial<LiveLimits>;
}

/** Golden over real servers, merging the prices of one system. Make it at the top of a file. */
export class GoldenUnderTest {
  readonly token = 'a-token-for-this-test';
  /** As a hub file may have it. */
  readonly prefix = `${unique('g').replace('_', '-')}.`;
  readonly topic = `${this.prefix}golden.price.v1`;
  readonly servers = serverAddresses();
  readonly connection = { brokers: this.servers.kafkaBrokers, clientId: 'golden-test', logger: silentLogger };
  readonly codec = new AvroCodec(new SchemaRegistry({ url: this.servers.registryUrl }));
  readonly topics = new KafkaTopics(this.connection);
  readonly fatal: HubError[] = [];
  readonly metrics = createMetrics({ processMetrics: false });
  readonly file: HubFile;
  private readonly publisher = new KafkaEventPublisher(this.connection);
  private running: RunningApp | null = null;
  private standing: KafkaProxy | null = null;

  /** @param throughProxy golden reaches the broker only through {@link proxy} */
  constructor({ throughProxy = false, access, live = {} }: GoldenTestOptions = {}) {
    this.file = this.hubFile({ ...limits, ...live }, access);
    beforeAll(async () => {
      if (throughProxy) this.standing = await KafkaProxy.start(this.servers.kafkaBrokers[0] ?? '');
      await this.codec.ensureSchemas();
      await this.topics.ensure(topicsOf(this.file));
      this.running = await startGolden(this.options());
    }, 60_000);
    afterAll(async () => {
      await this.running?.close();
      await this.standing?.stop();
      await this.publisher.close();
      await this.topics.deleteTopics([...topicsOf(this.file).map(({ name }) => name), ...ownLanes(this.file)]);
      await this.topics.close();
      await this.withDatabase((own) => own.query(`DROP SCHEMA "${schemaName(this.file, 'golden')}" CASCADE`));
      expect(this.fatal).toEqual([]);
    }, 60_000);
  }

  get proxy(): KafkaProxy | null {
    return this.standing;
  }

  async restart(): Promise<void> {
    await this.running?.close();
    this.running = await startGolden(this.options());
  }

  get url(): string {
    return this.running?.url ?? '';
  }

  /** Publishes what the system says, each sketch as an event of the change topic, or of another that is read as it. */
  async publish(sketches: readonly ContributionSketch[], topic = `${this.prefix}erp.price.changed.v1`): Promise<void> {
    const batch = unique('batch');
    const rows = sketches.map((sketch, index) => {
      const event = aContribution({ entity: 'price', ...sketch });
      const headers = { [HEADERS.batch]: batch, [HEADERS.batchSize]: String(sketches.length) };
      return {
        ...{ sequence: BigInt(index), topics: [topic], key: event.externalId },
        ...{ value: new EventCodec(this.codec).encodeContribution(event), headers: encodeHeaders(headers) },
      };
    });
    await this.publisher.publish(rows);
  }

  /** Works on golden's own database. */
  async withDatabase<Result>(work: (database: Database) => Promise<Result>): Promise<Result> {
    const names = { schema: schemaName(this.file, 'golden'), applicationName: 'golden-test' };
    const database = await Database.connect({ url: this.servers.databaseUrl, ...names }, []);
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  }

  private options(): GoldenOptions {
    const { kafkaBrokers, registryUrl, databaseUrl } = this.servers;
    const brokers = this.standing ? [this.standing.address] : kafkaBrokers;
    return {
      ...{ file: this.file, servers: { brokers, registryUrl, databaseUrl }, logger: silentLogger },
      ...{ http: { host: '127.0.0.1', port: 0, token: this.token }, metrics: this.metrics },
      onFatal: (error) => this.fatal.push(error),
    };
  }

  private hubFile(live: LiveLimits, access: HubAccess | undefined): HubFile {
    return {
      hub: { name: 'test', topicPrefix: this.prefix, port: 0, partitions: 2 },
      systems: [{ id: ERP, connector: 'sql', mode: 'observe', config: {}, entities: { price: mapping } }],
      survivorship: {
        price: { version: 1, create: [ERP], delete: [ERP], fields: { amount: { kind: 'owner', system: ERP } } },
      },
      liveLimits: { customer: live, price: live, product: live, 'stock-level': live },
      repairLimits: {} as HubFile['repairLimits'],
      reconcile: { everyMs: 0, keepRoundsMs: 0, keepAuditMs: 0, maxRateShare: 0.2 },
      ...(access && { access }),
    };
  }
}
