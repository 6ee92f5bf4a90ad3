import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { topicNames, type Hold, type RoundReport, type SeedReport } from '#contracts';
import { aContribution } from '#golden-record/testing';
import { createDatabase, dropDatabase, ScratchHub, type ServerAddresses } from '#hub-runner';
import type { SystemId } from '#kernel';
import { AvroCodec, EventCodec, KafkaEventPublisher, SchemaRegistry } from '#messaging-kafka';
import { encodeHeaders } from '#outbox';
import { eventually } from '#testing';
import { serverAddresses } from '../harness/servers.js';

/** A record whose key and texts are what an attacker would write. */
export const HOSTILE_KEY = 'X/1?a=<b>&"\'#%2e';
/** The record of which golden could not handle an event. */
export const LOST_KEY = 'L-1<b>';
/** The article whose price changes, and is asked for. */
export const ASKED_PRICE = 'A-10007|standard|EUR||';

const PATIENCE = { timeoutMs: 90_000, intervalMs: 200 };
const ROOT = join(import.meta.dirname, '../..');

const system = (id: string, mode: string, entities: string): string => `
  ${id}:
    connector: sql
    mode: ${mode}
    config: { url: '\${STORES_URL}', schema: ${id} }
    entities: ${entities}`;
const entity = (source: string, key: string, fields: string): string =>
  `{ source: ${source}, key: [${key}], options: { id: ${key.split(',')[0]}, changedAt: changed_at, overlapMs: 2000 }, fields: ${fields} }`;
const PRICE_KEY = (id: string): string => `${id}, '=standard', '=EUR', '=', '='`;

const SYSTEMS = `
systems:${system('erp', 'observe', `{ product: ${entity('article', 'article_no', "{ brand: maker, unit: unit, weight: { from: weight_g, factor: '0.001' } }")}, price: ${entity('price', PRICE_KEY('article_no'), '{ amount: { from: amount, scale: 2 } }')} }`)}
${system('pim', 'observe', `{ product: ${entity('text', 'article_no', '{ name: { from: { de: title_de, en: title_en } }, description: { from: { en: body_en } }, brand: maker }')} }`)}
${system('wms', 'observe', `{ stock-level: ${entity('stock', "article_no, '=main'", '{ onHand: on_hand }')} }`)}
${system('shop', 'write', `{ product: ${entity('product', 'sku', '{ name: { from: { de: title_de, en: title_en } }, description: { from: { en: body_en } }, brand: brand, unit: unit, weight: weight_kg }')}, price: ${entity('price', PRICE_KEY('sku'), '{ amount: { from: amount, scale: 2 } }')}, stock-level: ${entity('stock', "sku, '=main'", '{ onHand: quantity }')} }`)}
survivorship:
  product: { version: 1, create: [erp], delete: [erp], owner: { erp: [brand, unit, weight], pim: [name, description] } }
  price: { version: 1, create: [erp], delete: [erp], owner: { erp: [amount] } }
  stock-level: { version: 1, create: [wms], delete: [wms], owner: { wms: [onHand] } }
reconcile: { every: 24h }
stores: { team: { url: '\${STORES_URL}' } }
feeds: [product]
`;

/** A hub over the wholesaler's systems, with a day's work behind it. */
export class Wholesaler {
  /** The round that repaired the day's drift. */
  repaired: RoundReport | undefined;
  /** The seed of a team's store. */
  seeded: SeedReport | undefined;

  private constructor(
    readonly hub: ScratchHub,
    private readonly stores: pg.Client,
    private readonly place: {
      readonly storesUrl: string;
      readonly servers: ServerAddresses;
      readonly folder: string;
    },
  ) {}

  static async start(): Promise<Wholesaler> {
    const { kafkaBrokers, registryUrl, databaseUrl, redisUrl } = serverAddresses();
    const rest = { REGISTRY_URL: registryUrl, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
    const servers = { KAFKA_BROKERS: kafkaBrokers.join(','), ...rest };
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-browser-'));
    const storesUrl = await createDatabase(databaseUrl, `stores_${folder.slice(-6).toLowerCase()}`);
    const stores = new pg.Client({ connectionString: storesUrl });
    await stores.connect();
    await stores.query(readFileSync(join(import.meta.dirname, 'wholesaler.sql'), 'utf8'));
    const environment = { STORES_URL: storesUrl };
    const hub = await ScratchHub.create({ root: ROOT, folder, servers, systems: SYSTEMS, environment, partitions: 2 });
    const wholesaler = new Wholesaler(hub, stores, { storesUrl, servers, folder });
    try {
      await hub.processes.start('all-in-one');
      await wholesaler.live();
      return wholesaler;
    } catch (error) {
      await wholesaler.drop();
      throw error;
    }
  }

  get pageUrl(): string {
    return this.hub.processes.urlOf('admin');
  }

  /** As it was printed once. */
  get password(): string {
    const log = readFileSync(join(this.place.folder, 'all-in-one.log'), 'utf8');
    const found = /password: (\S+) /.exec(log)?.[1];
    if (!found) throw new Error('The first password was not printed.');
    return found;
  }

  /** Runs a statement as a user of the systems. */
  async sql(text: string): Promise<number> {
    return (await this.stores.query(text)).rowCount ?? 0;
  }

  async openHolds(): Promise<Hold[]> {
    return this.hub.processes.call<Hold[]>('golden', '/holds?state=open');
  }

  /** Differences that the shop's reader can't see: their time of change lies before what it reads again. */
  async plantDrift(): Promise<void> {
    const columns = "title_en = 'edited by hand', changed_at = now() - interval '1 hour'";
    await this.sql('ALTER TABLE shop.product DISABLE TRIGGER stamp');
    await this.sql(`UPDATE shop.product SET ${columns} WHERE sku LIKE 'A-1001%'`);
    await this.sql('ALTER TABLE shop.product ENABLE TRIGGER stamp');
  }

  /** Runs a round to its end. */
  async round(system: string, entity: string): Promise<RoundReport> {
    const [started] = await this.hub.processes.call<RoundReport[]>('reconciler', '/rounds', { system, entity });
    return eventually(async () => {
      const round = await this.hub.processes.call<RoundReport>('reconciler', `/rounds/${started?.id}`);
      if (round.endedAt === null && round.state !== 'held') throw new Error(`the round is still ${round.state}`);
      return round;
    }, PATIENCE);
  }

  async drop(): Promise<void> {
    await this.hub.drop();
    await this.stores.end();
    const { servers, storesUrl, folder } = this.place;
    await dropDatabase(servers.DATABASE_URL, storesUrl);
    rmSync(folder, { recursive: true, force: true });
  }

  /** The shop is filled, a price moves three times, a round repairs drift, and a file of zero prices is held. */
  private async live(): Promise<void> {
    await this.hub.setMode('shop', 'write');
    await this.untilShop('SELECT FROM shop.product WHERE title_en IS NOT NULL AND brand IS NOT NULL', 241);
    await this.untilShop('SELECT FROM shop.price', 241);
    for (const amount of ['8.50', '9.20', '9.90']) {
      await this.sql(`UPDATE erp.price SET amount = ${amount} WHERE article_no = 'A-10007'`);
      await this.untilShop(`SELECT FROM shop.price WHERE sku = 'A-10007' AND amount = ${amount}`, 1);
    }
    await this.plantDrift();
    this.repaired = await this.round('shop', 'product');
    this.seeded = await this.seed('seeded_prices');
    await this.loseEvent();
    await this.sql("UPDATE erp.price SET amount = 0 WHERE article_no LIKE 'A-1009%' OR article_no LIKE 'A-1010%'");
    await eventually(async () => {
      if ((await this.openHolds()).length === 0) throw new Error('nothing is held yet');
    }, PATIENCE);
  }

  /** Seeds the prices into a table of the team's store, to the end. */
  private async seed(table: string): Promise<SeedReport> {
    const wish = { entity: 'price', to: { kind: 'store', store: 'team', table }, fields: ['amount'] };
    const { id } = await this.hub.processes.call<SeedReport>('admin', '/api/seeds', wish);
    return eventually(async () => {
      const seed = await this.hub.processes.call<SeedReport>('admin', `/api/seeds/${id}`);
      if (seed.state !== 'done') throw new Error(`the seed is ${seed.state}: ${seed.problem?.reason ?? ''}`);
      return seed;
    }, PATIENCE);
  }

  /** An event of the ERP's topic that says it is of the PIM: golden sets it aside. */
  private async loseEvent(): Promise<void> {
    const { servers } = this.place;
    const codec = new AvroCodec(new SchemaRegistry({ url: servers.REGISTRY_URL }));
    await codec.ensureSchemas();
    const event = aContribution({ system: 'pim', key: LOST_KEY, fields: { brand: 'Bolt <b>' }, at: Date.now() });
    const topic = topicNames(this.hub.file.hub.topicPrefix).change('erp' as SystemId, 'product');
    const row = { sequence: 1n, topics: [topic], key: LOST_KEY, headers: encodeHeaders({}) };
    const publisher = new KafkaEventPublisher({ brokers: servers.KAFKA_BROKERS.split(','), clientId: 'wholesaler' });
    await publisher.publish([{ ...row, value: new EventCodec(codec).encodeContribution(event) }]);
    await publisher.close();
  }

  private async untilShop(query: string, count: number): Promise<void> {
    await eventually(async () => {
      const found = await this.sql(query);
      if (found !== count) throw new Error(`${query}: ${found} of ${count}`);
    }, PATIENCE);
  }
}
