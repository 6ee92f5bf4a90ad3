import { afterAll, beforeAll } from '@jest/globals';
import { multiplyDecimals } from '#canonical';
import type { Connector } from '#connector-sdk';
import { testConnector, type SuiteRecord, type SystemDriver } from '#connector-sdk/testing';
import { silentLogger, type CanonicalFields, type Clock } from '#kernel';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { articlesConnector } from './connector.js';
import { ARTICLE_MAPPING } from './mapping.js';

type Json = Readonly<Record<string, unknown>>;

let service: ChildProcess;
let url = '';

beforeAll(async () => {
  const program = join(import.meta.dirname, '../article-service/server.mjs');
  service = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(service.stdout as NodeJS.EventEmitter, 'data')) as [Buffer];
  url = line.toString().trim();
});

afterAll(() => {
  service.kill();
});

/** A shop of its own, by its token; its users speak to the service without the connector. */
class ArticleShop implements SystemDriver {
  private readonly token = randomUUID();

  open(mode: 'observe' | 'write', clock: Clock): Connector {
    return articlesConnector.open({
      system: 'shop',
      config: articlesConnector.configSchema.parse({ url, token: this.token, allowedHosts: [new URL(url).host] }),
      mappings: { product: ARTICLE_MAPPING },
      clock,
      logger: silentLogger,
      mode,
      workFolder: '',
    });
  }

  async put(records: readonly SuiteRecord[]): Promise<void> {
    for (const { key, fields } of records) {
      const values = toArticle(fields);
      const created = await this.send('POST', '/articles', { sku: key, ...values });
      if (created['article'] && created['status'] === 409)
        await this.send('PATCH', `/articles/${idOf(created)}`, values, versionOf(created));
    }
  }

  async remove(keys: readonly string[]): Promise<void> {
    const { articles } = (await this.send('POST', '/find', { skus: keys })) as unknown as { articles: Json[] };
    for (const article of articles)
      await this.send('DELETE', `/articles/${String(article['id'])}`, {}, String(article['version']));
  }

  async read(): Promise<ReadonlyMap<string, CanonicalFields>> {
    const { articles } = (await this.send('GET', '/articles?limit=500')) as unknown as { articles: Json[] };
    return new Map(articles.map((article) => [String(article['sku']), toFields(article)]));
  }

  /** The service numbers its changes, so that its feed knows how many there were. */
  async countWrites(): Promise<number> {
    const { articles } = (await this.send('GET', '/changes?limit=500')) as unknown as { articles: Json[] };
    return Number(articles.at(-1)?.['change'] ?? 0);
  }

  async putUnmappable(): Promise<string> {
    return idOf(await this.send('POST', '/articles', { sku: 'bad', grams: 'heavy' }));
  }

  async close(): Promise<void> {}

  private async send(method: string, path: string, body?: Json, version = ''): Promise<Json> {
    const headers = { authorization: `Bearer ${this.token}`, 'if-match': version };
    const response = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    return { ...((await response.json()) as Json), status: response.status };
  }
}

function idOf(answer: Json): string {
  return (answer['article'] as { id: string }).id;
}

function versionOf(answer: Json): string {
  return String((answer['article'] as Json)['version']);
}

function toArticle({ ean, name, brand, weight, active }: CanonicalFields): Json {
  return {
    ean,
    title: name,
    brand,
    active,
    grams: typeof weight === 'string' ? multiplyDecimals(weight, '1000') : null,
  };
}

function toFields({ ean, title, brand, grams, active }: Json): CanonicalFields {
  const weight = typeof grams === 'string' ? multiplyDecimals(grams, '0.001') : null;
  return { ean, name: title, brand, weight, active } as CanonicalFields;
}

testConnector({
  name: 'articles: a shop that speaks JSON over HTTP',
  entity: 'product',
  capabilities: { changes: 'feed', precondition: 'version', deleteEvents: true, digest: false },
  refused: { brand: 'x'.repeat(61) },
  setUp: async () => new ArticleShop(),
});
