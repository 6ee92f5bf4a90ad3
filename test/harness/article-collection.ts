import { canonicalize, multiplyDecimals } from '#canonical';
import type { Connector, EntityMapping } from '#connector-sdk';
import type { SuiteRecord, SystemDriver } from '#connector-sdk/testing';
import { silentLogger, type CanonicalFields, type Clock } from '#kernel';
import { restConnector } from '../../connectors/rest/connector.js';
import { PocketBaseArticles, type ArticleRow } from './pocketbase.js';

/** How PocketBase is told to hold products. `If-Match` is a rule of the collection: it compares with `updated`. */
const SHARED_OPTIONS = {
  id: 'id',
  version: 'updated',
  updated: { path: 'updated', format: 'iso-space' },
  blank: ['ean', 'name_de', 'name_en', 'grams', 'active'],
  records: 'items',
  list: {
    query: { sort: 'id', skipTotal: '1', fields: '*' },
    paging: { kind: 'page', page: 'page', size: 'perPage', pageSize: 20 },
  },
  byId: { query: { filter: '{each}', perPage: '25', skipTotal: '1' }, each: 'id={id|backslash}', batch: 25 },
  byKey: { query: { filter: '{each}', perPage: '25', skipTotal: '1' }, each: 'sku={sku|backslash}', batch: 25 },
};

/** Options of a mapping: with a cursor and If-Match, or with neither. */
export function optionsFor(path: string, target: 'cursor' | 'scan'): EntityMapping['options'] {
  const isConditional = target === 'cursor';
  const headers = isConditional ? { 'If-Match': '{version}' } : {};
  const changes = {
    kind: 'keyset',
    query: { sort: 'updated,id', skipTotal: '1' },
    after: { filter: 'updated>{at|backslash} || (updated={at|backslash} && id>{id|backslash})' },
    limit: 'perPage',
  };
  return {
    ...SHARED_OPTIONS,
    get: { path: `${path}/{id}` },
    create: { method: 'POST', path },
    update: { method: 'PATCH', path: `${path}/{id}`, headers },
    delete: { method: 'DELETE', path: `${path}/{id}`, headers },
    ...(isConditional ? { changes, overlapMs: 30_000 } : {}),
  };
}

function mapping(path: string, options: EntityMapping['options']): EntityMapping {
  return {
    source: path,
    key: ['sku'],
    fields: {
      ean: { from: 'ean' },
      name: { from: { de: 'name_de', en: 'name_en' } },
      brand: { from: 'brand' },
      weight: { from: 'grams', factor: '0.001', scale: 2 },
      active: { from: 'active', values: { yes: 'true', no: 'false' } },
    },
    options,
  };
}

/** The rest connector on a collection; `url` leads elsewhere than straight to PocketBase. */
export function openOn(
  base: PocketBaseArticles,
  options: EntityMapping['options'],
  {
    mode,
    clock,
    url = base.url,
    ...config
  }: { readonly mode: 'observe' | 'write'; readonly clock: Clock; readonly url?: URL; readonly timeoutMs?: number },
): Connector {
  return restConnector.open({
    system: 'shop',
    config: restConnector.configSchema.parse({
      ...config,
      baseUrl: url.origin,
      allowedHosts: [url.host],
      auth: base.login(),
      probe: base.probe,
      rate: { perSecond: 1_000, burst: 100, concurrency: 8 },
    }),
    mappings: { product: mapping(base.path, options) },
    clock,
    logger: silentLogger,
    mode,
    workFolder: '',
  });
}

/** A collection of its own on PocketBase, with an account that may do no more than its rules say. */
export class ArticleCollection implements SystemDriver {
  private constructor(
    private readonly base: PocketBaseArticles,
    private readonly target: 'cursor' | 'scan',
    private readonly url: URL,
  ) {}

  static async create(target: 'cursor' | 'scan', url: URL): Promise<ArticleCollection> {
    return new ArticleCollection(await PocketBaseArticles.create({ ifMatch: target === 'cursor' }), target, url);
  }

  open(mode: 'observe' | 'write', clock: Clock, config: { readonly timeoutMs?: number } = {}): Connector {
    return openOn(this.base, optionsFor(this.base.path, this.target), { mode, clock, url: this.url, ...config });
  }

  put(records: readonly SuiteRecord[]): Promise<void> {
    return this.base.put(records.map(toRow));
  }

  async putAtOneTime(records: readonly SuiteRecord[]): Promise<void> {
    await this.put(records);
    await this.base.setAllTimes('2026-11-01 10:00:00.000Z');
  }

  /** The API shows nothing of an open transaction; what its end looks like to readers is a row with an older time. */
  async putLate(records: readonly SuiteRecord[]): Promise<{ commit(): Promise<void> }> {
    const at = new Date().toISOString().replace('T', ' ');
    return {
      commit: async () => {
        await this.put(records);
        for (const { key } of records) await this.base.setTime(key, at);
      },
    };
  }

  remove(keys: readonly string[]): Promise<void> {
    return this.base.remove(keys);
  }

  async read(): Promise<ReadonlyMap<string, CanonicalFields>> {
    return new Map((await this.base.readAll()).map((row) => [row.sku, toFields(row)]));
  }

  countWrites(): Promise<number> {
    return this.base.countWrites();
  }

  putUnmappable(): Promise<string> {
    return this.base.insert({ sku: 'bad', grams: 'heavy' });
  }

  close(): Promise<void> {
    return this.base.drop();
  }
}

function toRow({ key, fields }: SuiteRecord): ArticleRow {
  const { ean, brand, weight, active } = fields;
  const name = (fields['name'] ?? {}) as Readonly<Record<string, string>>;
  return {
    sku: key,
    ean: ean as string | null,
    brand: brand as string,
    name_de: name['de'] ?? '',
    name_en: name['en'] ?? '',
    grams: typeof weight === 'string' ? (multiplyDecimals(weight, '1000') ?? '') : '',
    active: active === null ? '' : active === true ? 'yes' : 'no',
  };
}

function toFields(row: ArticleRow): CanonicalFields {
  const orNull = (text: string | null | undefined): string | null => (text === '' || text === undefined ? null : text);
  const name = canonicalize('texts', { de: orNull(row.name_de), en: orNull(row.name_en) });
  const grams = orNull(row.grams);
  return {
    ean: orNull(row.ean),
    brand: row.brand ?? null,
    weight: grams === null ? null : multiplyDecimals(grams, '0.001'),
    name: name.ok ? name.value : null,
    active: orNull(row.active) === null ? null : row.active === 'yes',
  };
}
