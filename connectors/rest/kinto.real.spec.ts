import { canonicalize, multiplyDecimals } from '#canonical';
import type { Connector, EntityMapping } from '#connector-sdk';
import { testConnector, type SuiteRecord, type SystemDriver } from '#connector-sdk/testing';
import { silentLogger, type CanonicalFields, type Clock } from '#kernel';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parse } from 'yaml';
import { systemAddress } from '../../test/harness/systems.js';
import { restConnector } from './connector.js';

type Json = Readonly<Record<string, unknown>>;

interface Declaration {
  readonly kinto: { readonly config: { readonly rate: Json }; readonly entities: { readonly product: EntityMapping } };
}

const DECLARATION = readFileSync(join(import.meta.dirname, 'kinto.yaml'), 'utf8');
const PASSWORD = 'a-password-for-tests';

/** An account of a test's own, with a bucket; its users speak to Kinto without the connector. */
class KintoBucket implements SystemDriver {
  private readonly url = new URL(systemAddress('KINTO_URL'));
  private readonly name = `shop-${randomBytes(6).toString('hex')}`;
  private readonly bucket = `/buckets/${this.name}`;
  private readonly records = `${this.bucket}/collections/products/records`;

  static async create(): Promise<KintoBucket> {
    const shop = new KintoBucket();
    await shop.send('PUT', `/accounts/${shop.name}`, { data: { password: PASSWORD } });
    await shop.send('PUT', shop.bucket);
    const schema = { type: 'object', properties: { brand: { type: ['string', 'null'], maxLength: 200 } } };
    await shop.send('PUT', `${shop.bucket}/collections/products`, { data: { schema } });
    return shop;
  }

  open(mode: 'observe' | 'write', clock: Clock): Connector {
    const { config, entities } = this.declaration();
    return restConnector.open({
      system: 'kinto',
      config: restConnector.configSchema.parse({ ...config, rate: { ...config.rate, perSecond: 1_000, burst: 100 } }),
      mappings: { product: entities.product },
      clock,
      logger: silentLogger,
      mode,
      workFolder: '',
    });
  }

  async put(records: readonly SuiteRecord[], besides: Json = {}): Promise<void> {
    const known = new Map((await this.readAll()).map(({ sku, id }) => [sku, String(id)]));
    for (const { key, fields } of records) {
      const id = known.get(key);
      const body = { data: { sku: key, ...toStored(fields), ...besides } };
      await (id === undefined
        ? this.send('POST', this.records, body)
        : this.send('PUT', `${this.records}/${id}`, body));
    }
  }

  /** One transaction; no two records of a collection have one time, so these have times that follow each other. */
  async putAtOneTime(records: readonly SuiteRecord[]): Promise<void> {
    const requests = records.map(({ key, fields }) => ({ body: { data: { sku: key, ...toStored(fields) } } }));
    await this.send('POST', '/batch', { defaults: { method: 'POST', path: this.records }, requests });
  }

  /** Kinto takes a time that its client names: to readers this is the end of a batch that took long. */
  async putLate(records: readonly SuiteRecord[]): Promise<{ commit(): Promise<void> }> {
    await setTimeout(5);
    const atMs = Date.now();
    await setTimeout(5 + records.length);
    return {
      commit: async () => {
        for (const [n, record] of records.entries()) await this.put([record], { last_modified: atMs + n });
      },
    };
  }

  async remove(keys: readonly string[]): Promise<void> {
    const gone = (await this.readAll()).filter(({ sku }) => keys.includes(String(sku)));
    for (const { id } of gone) await this.send('DELETE', `${this.records}/${String(id)}`);
  }

  async read(): Promise<ReadonlyMap<string, CanonicalFields>> {
    return new Map((await this.readAll()).map((record) => [String(record['sku']), toFields(record)]));
  }

  /** Entries of the bucket's history, which its plugin writes with every change. */
  async countWrites(): Promise<number> {
    const { data } = await this.send('GET', `${this.bucket}/history?resource_name=record`);
    return (data as readonly unknown[]).length;
  }

  async putUnmappable(): Promise<string> {
    const { data } = await this.send('POST', this.records, { data: { sku: 'bad', grams: 'heavy' } });
    return String((data as Json)['id']);
  }

  async close(): Promise<void> {
    await this.send('DELETE', this.bucket);
    await this.send('DELETE', `/accounts/${this.name}`);
  }

  private declaration(): Declaration['kinto'] {
    const values: Readonly<Record<string, string>> = {
      KINTO_URL: this.url.href,
      KINTO_HOST: this.url.host,
      KINTO_USER: this.name,
      KINTO_PASSWORD: PASSWORD,
      KINTO_BUCKET: this.name,
    };
    const filled = DECLARATION.replaceAll(/\$\{(\w+)\}/g, (text, name: string) => values[name] ?? text);
    return (parse(filled) as Declaration).kinto;
  }

  private async readAll(): Promise<readonly Json[]> {
    return (await this.send('GET', this.records))['data'] as readonly Json[];
  }

  private async send(method: string, path: string, body?: Json): Promise<Json> {
    const response = await fetch(this.url.href + path, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${this.name}:${PASSWORD}`).toString('base64')}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} is answered ${response.status}: ${text}`);
    return JSON.parse(text) as Json;
  }
}

function toStored({ ean, name, brand, weight, active }: CanonicalFields): Json {
  const { de = null, en = null } = (name ?? {}) as Readonly<Record<string, string>>;
  const grams = typeof weight === 'string' ? multiplyDecimals(weight, '1000') : null;
  return { ean, name_de: de, name_en: en, brand, active, grams: grams === null ? null : Number(grams) };
}

function toFields({ ean = null, name_de: de, name_en: en, brand = null, grams, active = null }: Json): CanonicalFields {
  const name = canonicalize('texts', { de: de ?? null, en: en ?? null });
  const weight = typeof grams === 'number' ? multiplyDecimals(String(grams), '0.001') : null;
  return { ean, name: name.ok ? name.value : null, brand, weight, active } as CanonicalFields;
}

testConnector({
  name: 'rest: Kinto by declaration, with its tombstones and If-Match',
  entity: 'product',
  capabilities: { changes: 'cursor', precondition: 'version', deleteEvents: true, digest: false, searchByKey: true },
  refused: { brand: 'x'.repeat(300) },
  setUp: () => KintoBucket.create(),
});
