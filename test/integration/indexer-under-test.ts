import { afterAll, beforeAll, expect } from '@jest/globals';
import kafkajs from 'kafkajs';
import { HEADERS, topicNames, type RecordsAnswer } from '#contracts';
import { aContribution, type ContributionSketch } from '#golden-record/testing';
import { endpoints, schemaName, topicsOf, type HubEntityMapping, type HubFile } from '#hub-file';
import { silentLogger, type HubError, type SystemId } from '#kernel';
import { AvroCodec, EventCodec, KafkaTopics, SchemaRegistry } from '#messaging-kafka';
import { createMetrics, type RunningApp } from '#observability';
import { Database } from '#store-postgres';
import { eventually } from '#testing';
import { startIndexer, type IndexerOptions } from '../../apps/indexer/start-indexer.js';
import { serverAddresses, unique } from '../harness/servers.js';

const ERP = 'erp' as SystemId;
const mapping: HubEntityMapping = { source: 'price', key: ['sku'], fields: {}, options: {} };
const PATIENCE = { timeoutMs: 30_000, intervalMs: 200 };

/** A record as a test writes it. */
export interface WrittenRecord {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The indexer over real servers, in this process. Make it at the top of a file. */
export class IndexerUnderTest {
  readonly prefix = `${unique('i')}.`;
  readonly names = topicNames(this.prefix);
  readonly changes = this.names.change(ERP, 'price');
  readonly servers = serverAddresses();
  readonly codec = new AvroCodec(new SchemaRegistry({ url: this.servers.registryUrl }));
  readonly topics = new KafkaTopics({ brokers: this.servers.kafkaBrokers, clientId: 'indexer-test' });
  readonly fatal: HubError[] = [];
  readonly file: HubFile = {
    hub: { name: 'test', topicPrefix: this.prefix, port: 0, partitions: 2 },
    systems: [{ id: ERP, connector: 'sql', mode: 'observe', config: {}, entities: { price: mapping } }],
    survivorship: {
      price: { version: 1, create: [ERP], delete: [ERP], fields: { amount: { kind: 'owner', system: ERP } } },
    },
    liveLimits: {} as HubFile['liveLimits'],
    repairLimits: {} as HubFile['repairLimits'],
    reconcile: { everyMs: 0, keepRoundsMs: 0, keepAuditMs: 0, maxRateShare: 0.2 },
  };
  readonly admin;
  private readonly producer;
  private readonly more = new Set<string>();
  private running: RunningApp | null = null;

  constructor() {
    const client = {
      brokers: [...this.servers.kafkaBrokers],
      clientId: 'indexer-test',
      logLevel: kafkajs.logLevel.NOTHING,
    };
    const kafka = new kafkajs.Kafka(client);
    this.admin = kafka.admin();
    this.producer = kafka.producer();
    beforeAll(async () => {
      await this.codec.ensureSchemas();
      await this.topics.ensure(topicsOf(this.file));
      await this.admin.connect();
      await this.producer.connect();
      await this.start();
    }, 60_000);
    afterAll(async () => {
      await this.stop();
      await this.producer.disconnect();
      await this.admin.disconnect();
      await this.topics.deleteTopics([...topicsOf(this.file).map(({ name }) => name), ...this.more]);
      await this.topics.close();
      await this.withDatabase((own) => own.query(`DROP SCHEMA "${schemaName(this.file, 'indexer')}" CASCADE`));
      expect(this.fatal).toEqual([]);
    }, 60_000);
  }

  async start(): Promise<void> {
    this.running = await startIndexer(this.options());
  }

  async stop(): Promise<void> {
    await this.running?.close();
    this.running = null;
  }

  async createTopic(name: string): Promise<void> {
    this.more.add(name);
    await this.topics.ensure([{ name, kind: 'change', partitions: 2 }]);
  }

  async write(topic: string, records: readonly WrittenRecord[]): Promise<void> {
    const messages = records.map(({ key, value, headers = {} }) => ({ key, value, headers: { ...headers } }));
    await this.producer.send({ topic, messages });
  }

  /** A change event as a connector publishes it. */
  aChange(sketch: ContributionSketch): WrittenRecord {
    const event = aContribution({ entity: 'price', ...sketch });
    const value = new EventCodec(this.codec).encodeContribution(event);
    const id = `erp/price/${event.externalId}/${event.epoch}.${event.sequence}`;
    return { key: event.externalId, value, headers: { [HEADERS.id]: id, [HEADERS.type]: 'price.changed.v1' } };
  }

  async search(query: Readonly<Record<string, string>>): Promise<RecordsAnswer> {
    const response = await this.get(query);
    expect(response.status).toBe(200);
    return (await response.json()) as RecordsAnswer;
  }

  get(query: Readonly<Record<string, string>>): Promise<Response> {
    const headers = { authorization: 'Bearer a-token-for-this-test' };
    return fetch(`${this.running?.url}/records?${new URLSearchParams(query).toString()}`, { headers });
  }

  /** Waits until the index has all that the topics have now, each record once, as counted by offsets. */
  async untilComplete(): Promise<void> {
    await eventually(async () => {
      const { lag, offsets } = await this.search({ fresh: 'true', limit: '1' });
      expect(lag).toBe(0);
      expect(new Set(offsets.map(({ topic }) => topic))).toEqual(new Set(await this.ownTopics()));
    }, PATIENCE);
    expect(await this.countIndexed()).toEqual(await this.countOffsets());
  }

  async withDatabase<Result>(work: (database: Database) => Promise<Result>): Promise<Result> {
    const names = { schema: schemaName(this.file, 'indexer'), applicationName: 'indexer-test' };
    const database = await Database.connect({ url: this.servers.databaseUrl, ...names }, []);
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  }

  private async ownTopics(): Promise<string[]> {
    return (await this.topics.list()).filter((name) => name.startsWith(this.prefix));
  }

  private async countOffsets(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const topic of await this.ownTopics())
      for (const [partition, { low, high }] of await this.topics.offsets(topic))
        if (high > low) counts[`${topic}/${partition}`] = Number(high - low);
    return counts;
  }

  private countIndexed(): Promise<Record<string, number>> {
    const text = `SELECT topic || '/' || partition AS id, count(DISTINCT "offset")::int AS distinct, count(*)::int AS count
      FROM indexed_record r JOIN indexed_partition p ON p.id = source AND NOT is_retired AND "offset" >= low GROUP BY 1`;
    return this.withDatabase(async (own) => {
      const rows = await own.query<{ id: string; distinct: number; count: number }>(text);
      expect(rows.filter((row) => row.distinct !== row.count)).toEqual([]);
      return Object.fromEntries(rows.map(({ id, count }) => [id, count]));
    });
  }

  private options(): IndexerOptions {
    const { kafkaBrokers: brokers, registryUrl, databaseUrl } = this.servers;
    return {
      ...{ file: this.file, servers: { brokers, registryUrl, databaseUrl }, logger: silentLogger },
      ...{ http: { host: '127.0.0.1', port: 0, token: 'a-token-for-this-test' } },
      ...{ metrics: createMetrics({ processMetrics: false }), endpoints: endpoints(this.file), lookEveryMs: 500 },
      onFatal: (error) => this.fatal.push(error),
    };
  }
}
