import { expect, test } from '@jest/globals';
import { endpoints, ownedFields, parseHubFile, portOf, schemaName, topicsOf, type HubFile } from './index.js';
import type { SystemId } from '#kernel';
import { editDistance, suggest } from './suggest.js';

const TEXT = `hub: { name: demo, topicPrefix: eu.a-1., port: 8000, partitions: 3 }
systems:
  erp: { connector: sql, entities: { product: { source: p, key: [sku], fields: { ean: ean, brand: brand } } } }
  shop-eu: { connector: sql, entities: { product: { source: p, key: [sku], fields: { ean: ean } } } }
survivorship:
  product: { version: 1, create: [erp], owner: { erp: [ean] }, priority: { brand: [erp] } }
`;

function file(): HubFile {
  const result = parseHubFile(TEXT, { env: {} });
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.file;
}

test('ports follow hub.port and the order of the systems; given addresses win', () => {
  expect(portOf(file(), { system: 'shop-eu' as SystemId })).toBe(8011);
  expect(endpoints(file())).toEqual({
    golden: 'http://127.0.0.1:8001',
    reconciler: 'http://127.0.0.1:8002',
    notifier: 'http://127.0.0.1:8003',
    indexer: 'http://127.0.0.1:8005',
    connectors: new Map([
      ['erp', 'http://127.0.0.1:8010'],
      ['shop-eu', 'http://127.0.0.1:8011'],
    ]),
  });
  const given = endpoints(file(), { golden: 'http://g:1', connectors: { 'shop-eu': 'http://s:2' } });
  expect([given.golden, given.connectors.get('shop-eu' as SystemId)]).toEqual(['http://g:1', 'http://s:2']);
});

test('topics: one change topic per system and entity, state and history per entity, hub and dead letters', () => {
  expect(topicsOf(file()).map(({ name, kind, partitions }) => `${name} ${kind} ${partitions}`)).toEqual([
    'eu.a-1.erp.product.changed.v1 change 3',
    'eu.a-1.shop-eu.product.changed.v1 change 3',
    'eu.a-1.hub.product.changed.v1 change 3',
    'eu.a-1.golden.product.v1 golden 3',
    'eu.a-1.golden.product.history.v1 history 3',
    'eu.a-1.hub.drift.v1 hub 1',
    'eu.a-1.hub.audit.v1 hub 1',
    'eu.a-1.golden.dead-letter.v1 dead-letter 1',
    'eu.a-1.connector-erp.dead-letter.v1 dead-letter 1',
    'eu.a-1.connector-shop-eu.dead-letter.v1 dead-letter 1',
    'eu.a-1.indexer.dead-letter.v1 dead-letter 1',
  ]);
});

test('a schema name is a plain identifier', () => {
  expect(schemaName(file(), 'golden')).toBe('eu_a_1_golden');
  expect(schemaName(file(), 'connector-shop-eu')).toBe('eu_a_1_connector_shop_eu');
});

test('a system owns the fields of its owner rules only', () => {
  expect(ownedFields(file(), 'product', 'erp' as SystemId)).toEqual(['ean']);
  expect(ownedFields(file(), 'price', 'erp' as SystemId)).toEqual([]);
});

test('suggests the nearest word, or lists what is known', () => {
  expect(editDistance('naem', 'name')).toBe(1);
  expect(suggest('naem', ['name', 'ean'])).toBe('Did you mean "name"?');
  expect(suggest('colour', ['name', 'ean'])).toBe('Known: name, ean.');
});
