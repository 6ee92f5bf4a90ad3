import { canonicalize, multiplyDecimals } from '#canonical';
import { describe, expect, test } from '@jest/globals';
import type { Connector, EntityMapping, ObservedRecord } from '#connector-sdk';
import { testConnector, type SuiteRecord, type SystemDriver } from '#connector-sdk/testing';
import { silentLogger, systemClock, type CanonicalFields, type Clock } from '#kernel';
import { PocketBaseArticles, type ArticleRow } from '../../test/harness/pocketbase.js';
import { restConnector } from './connector.js';

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

function optionsFor(path: string, target: 'cursor' | 'scan'): EntityMapping['options'] {
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

function openOn(
  base: PocketBaseArticles,
  options: EntityMapping['options'],
  { mode, clock }: { readonly mode: 'observe' | 'write'; readonly clock: Clock },
): Connector {
  return restConnector.open({
    system: 'shop',
    config: restConnector.configSchema.parse({
      baseUrl: base.url.origin,
      allowedHosts: [base.url.host],
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
class ArticleCollection implements SystemDriver {
  private constructor(
    private readonly base: PocketBaseArticles,
    private readonly target: 'cursor' | 'scan',
  ) {}

  static async create(target: 'cursor' | 'scan'): Promise<ArticleCollection> {
    return new ArticleCollection(await PocketBaseArticles.create({ ifMatch: target === 'cursor' }), target);
  }

  open(mode: 'observe' | 'write', clock: Clock): Connector {
    return openOn(this.base, optionsFor(this.base.path, this.target), { mode, clock });
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

testConnector({
  name: 'rest: PocketBase with a change cursor and If-Match',
  entity: 'product',
  capabilities: { changes: 'cursor', precondition: 'version', deleteEvents: false, digest: false, searchByKey: true },
  refused: { brand: 'x'.repeat(300) },
  setUp: () => ArticleCollection.create('cursor'),
});

testConnector({
  name: 'rest: PocketBase that is only scanned, by page number',
  entity: 'product',
  capabilities: { changes: 'scan', precondition: 'none', deleteEvents: false, digest: false, searchByKey: true },
  refused: { brand: 'x'.repeat(300) },
  setUp: () => ArticleCollection.create('scan'),
});

describe('rest: what PocketBase does besides', () => {
  const WHOLE = { from: null, to: null };
  const many = (count: number): ArticleRow[] => Array.from({ length: count }, (_, n) => ({ sku: `A-${n + 100}` }));
  const withArticles = async (
    options: EntityMapping['options'] | null,
    rule: (base: PocketBaseArticles, connector: Connector) => Promise<void>,
  ): Promise<void> => {
    const base = await PocketBaseArticles.create({ ifMatch: false });
    const connector = openOn(base, options ?? optionsFor(base.path, 'scan'), { mode: 'observe', clock: systemClock });
    try {
      await rule(base, connector);
    } finally {
      await connector.close();
      await base.drop();
    }
  };

  test('an account that lost its rights is an error, not a system without records', () =>
    withArticles(null, async (base, connector) => {
      await base.put(many(3));
      expect((await connector.scan('product', WHOLE, null, 10)).records).toHaveLength(3);
      await base.changePassword();
      await expect(connector.scan('product', WHOLE, null, 10)).rejects.toMatchObject({
        code: 'HUB_SOURCE_UNAUTHORISED',
      });
      expect(await connector.check()).toMatchObject({
        reachable: true,
        canWrite: false,
        problems: [expect.stringContaining('correct the credentials in body under auth')],
      });
    }));

  test('its rate limit is obeyed: a scan waits and is complete', () =>
    withArticles(null, async (base, connector) => {
      await base.put(many(60));
      await base.limitRate({ maxRequests: 2, seconds: 1 });
      try {
        const startedAtMs = performance.now();
        expect((await connector.scan('product', WHOLE, null, 100)).records).toHaveLength(60);
        expect(performance.now() - startedAtMs).toBeGreaterThan(900);
      } finally {
        await base.limitRate(null);
      }
    }));

  test('changes since a time alone: all of one time over several pages, and then only what is new', () => {
    const paging = { kind: 'page', size: 'perPage', pageSize: 20 };
    const changes = {
      kind: 'since',
      query: { sort: 'updated,id', skipTotal: '1' },
      since: { filter: 'updated>={at|backslash}' },
      paging,
    };
    return withArticles(null, async (base) => {
      const connector = openOn(
        base,
        { ...optionsFor(base.path, 'scan'), changes },
        { mode: 'observe', clock: systemClock },
      );
      const read = async (from: string | null): Promise<{ skus: string[]; cursor: string }> => {
        const found: ObservedRecord[] = [];
        let page = await connector.changes('product', from, 20);
        for (found.push(...page.records); page.more; found.push(...page.records))
          page = await connector.changes('product', page.cursor, 20);
        return { skus: [...new Set(found.map(({ key }) => String(key)))].sort(), cursor: page.cursor };
      };
      await base.put(many(45));
      await base.setAllTimes('2026-11-01 10:00:00.000Z');
      const first = await read(null);
      expect(first.skus).toEqual(many(45).map(({ sku }) => sku));
      expect((await read(first.cursor)).skus).toEqual([]);
      await base.put([{ sku: 'A-107', brand: 'new' }, { sku: 'B' }]);
      expect((await read(first.cursor)).skus).toEqual(['A-107', 'B']);
      await connector.close();
    });
  });
});
