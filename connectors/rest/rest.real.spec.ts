import type { Connector, EntityMapping, ObservedRecord } from '#connector-sdk';
import { testConnector } from '#connector-sdk/testing';
import { systemClock } from '#kernel';
import { describe, expect, test } from '@jest/globals';
import { ArticleCollection, openOn, optionsFor } from '../../test/harness/article-collection.js';
import { lineTo } from '../../test/harness/line.js';
import { PocketBaseArticles, pocketBaseUrl, type ArticleRow } from '../../test/harness/pocketbase.js';

const line = await lineTo(new URL(pocketBaseUrl()), 'http');

testConnector({
  name: 'rest: PocketBase with a change cursor and If-Match',
  entity: 'product',
  capabilities: { changes: 'cursor', precondition: 'version', deleteEvents: false, digest: false, searchByKey: true },
  refused: { brand: 'x'.repeat(300) },
  line: line.faults,
  setUp: () => ArticleCollection.create('cursor', line.url),
});

testConnector({
  name: 'rest: PocketBase that is only scanned, by page number',
  entity: 'product',
  capabilities: { changes: 'scan', precondition: 'none', deleteEvents: false, digest: false, searchByKey: true },
  refused: { brand: 'x'.repeat(300) },
  line: line.faults,
  setUp: () => ArticleCollection.create('scan', line.url),
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
