import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topicNames, type GoldenEvent } from '#contracts';
import { systemClock, type BusinessKey, type Instant, type SystemId } from '#kernel';
import { AvroCodec, EventCodec, KafkaEventPublisher, KafkaTopics, SchemaRegistry } from '#messaging-kafka';
import { encodeHeaders, type OutboxRow } from '#outbox';
import { Command } from 'commander';
import { CliContext } from '../../apps/cli/context.js';
import { Output } from '../../apps/cli/output.js';
import { addSeedCommand } from '../../apps/cli/seed.command.js';
import { serverAddresses, unique } from '../harness/servers.js';

/** What one command line did. */
export interface CommandOutcome {
  readonly code: number;
  readonly result: Record<string, unknown>;
  /** What it told on the way. */
  readonly lines: string;
}

const addresses = serverAddresses();
const connection = { brokers: addresses.kafkaBrokers, clientId: 'seed-test' };

/** A hub's golden topic of products, and the command line that seeds from it. */
export class SeedUnderTest {
  readonly prefix = `${unique('s').replace('_', '-')}.`;
  readonly topic = topicNames(this.prefix).golden('product');
  readonly history = topicNames(this.prefix).history('product');
  readonly topics = new KafkaTopics(connection);
  readonly codec = new AvroCodec(new SchemaRegistry({ url: addresses.registryUrl }));
  readonly events = new EventCodec(this.codec);
  private readonly publisher = new KafkaEventPublisher(connection);
  private readonly versions = new Map<string, bigint>();

  private constructor(readonly folder: string) {}

  static async open(): Promise<SeedUnderTest> {
    const place = new SeedUnderTest(await mkdtemp(join(tmpdir(), 'seed-')));
    await place.codec.ensureSchemas();
    await place.topics.ensure([
      { name: place.topic, kind: 'golden', partitions: 3 },
      { name: place.history, kind: 'history', partitions: 3 },
    ]);
    writeFileSync(join(place.folder, 'plumbline.yaml'), place.hubFile);
    return place;
  }

  get hubFile(): string {
    return `hub: { name: seed, topicPrefix: '${this.prefix}' }
systems:
  erp: { connector: sql, mode: write, config: { url: x }, entities: { product: { source: p, key: [sku], fields: { brand: brand } } } }
survivorship: { product: { version: 1, create: [erp], owner: { erp: [brand] } } }
`;
  }

  /** Writes events into the state's topic and into the history. */
  async publish(events: readonly GoldenEvent[]): Promise<void> {
    await this.publisher.publish(events.map((event) => this.toRow(event)));
  }

  /** Writes something into a topic that is none of the hub's. */
  async publishTo(topic: string): Promise<void> {
    const row = this.toRow(this.nextEvent('X', 'Acme'));
    await this.publisher.publish([{ ...row, topics: [topic] }]);
  }

  /** Writes a message that is no event into the state's topic. */
  async publishJunk(): Promise<void> {
    const row = this.toRow(this.nextEvent('X', 'Acme'));
    await this.publisher.publish([{ ...row, topics: [this.topic], value: Buffer.from('no Avro') }]);
  }

  /** The next version of a product; of other fields than those given there are a name and a weight. */
  nextEvent(key: string, brand: string, status: GoldenEvent['status'] = 'live'): GoldenEvent {
    const version = (this.versions.get(key) ?? 0n) + 1n;
    this.versions.set(key, version);
    const origin = { system: 'erp' as SystemId, at: null, rule: 'owner' };
    const fields = { brand, name: { de: `Schraube ${key}`, en: `Screw ${version}` }, weight: `${version}.25` };
    return {
      ...{ entity: 'product', key: key as BusinessKey, version, sequence: version, status, policyVersion: 1 },
      ...{ changedAt: instantOfVersion(version), merged: [], fields },
      origins: { brand: origin, name: origin, weight: origin },
    };
  }

  /** Runs one command line as the CLI does. */
  async run(...args: readonly string[]): Promise<CommandOutcome> {
    const [out, err]: [string[], string[]] = [[], []];
    const program = new Command('plumbline').option('--file <path>').option('--json').exitOverride();
    const output = new Output({ write: (text) => out.push(text) }, { write: (text) => err.push(text) }, () => true);
    const context = new CliContext(output, { environment: this.environment, clock: systemClock, ask: null }, () =>
      program.opts(),
    );
    addSeedCommand(program, context);
    await program.parseAsync(['seed', ...args], { from: 'user' });
    return {
      code: context.exitCode,
      result: JSON.parse(out.join('')) as Record<string, unknown>,
      lines: err.join(''),
    };
  }

  /** Of the CLI: another database of the hub, another token. */
  overrides: Readonly<Record<string, string>> = {};

  /** What a process of the CLI is given. */
  get environment(): Record<string, string> {
    return {
      KAFKA_BROKERS: addresses.kafkaBrokers.join(','),
      REGISTRY_URL: addresses.registryUrl,
      DATABASE_URL: addresses.databaseUrl,
      PLUMBLINE_TOKEN: 'a-token-of-this-test',
      PLUMBLINE_HUB_FILE: join(this.folder, 'plumbline.yaml'),
      ...this.overrides,
    };
  }

  /** PostgreSQL schema of the hub's replays and seeds. */
  get schema(): string {
    return `${this.prefix}replay`.replace(/[^a-z0-9_]/g, '_');
  }

  async close(): Promise<void> {
    await this.topics.deleteTopics([this.topic, this.history]);
    await Promise.all([this.publisher.close(), this.topics.close(), rm(this.folder, { recursive: true })]);
  }

  private toRow(event: GoldenEvent): OutboxRow {
    const value = this.events.encodeGolden(event);
    return {
      ...{ sequence: 0n, topics: [this.topic, this.history], key: event.key, value },
      headers: encodeHeaders({}),
    };
  }
}

/** Version n of a product is from the n-th day of November. */
export function instantOfVersion(version: bigint): Instant {
  return `2026-11-${String(version).padStart(2, '0')}T04:05:06.123456Z` as Instant;
}
