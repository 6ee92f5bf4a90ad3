import { expect, test } from '@jest/globals';
import { kindOfTopic, topicNames } from './index.js';
import type { SystemId } from '#kernel';

const names = topicNames('eu.a-1.');

test.each([
  [names.change('shop-eu' as SystemId, 'stock-level'), { kind: 'change', entity: 'stock-level' }],
  [names.golden('stock-level'), { kind: 'golden', entity: 'stock-level' }],
  [names.history('price'), { kind: 'history', entity: 'price' }],
  [names.hub('drift'), { kind: 'hub', entity: null }],
  [names.deadLetter('golden'), { kind: 'dead-letter', entity: null }],
  [names.deadLetter('connector-erp'), { kind: 'dead-letter', entity: null }],
])('%s is a topic of the hub', (name, found) => {
  expect(kindOfTopic('eu.a-1.', name)).toEqual(found);
});

test.each([
  'erp.price.changed.v1',
  'eu.a-1.erp.colour.changed.v1',
  'eu.a-1.x',
  'eu.a-1.a.b.price.changed.v1',
  '__consumer_offsets',
])('%s is none', (name) => {
  expect(kindOfTopic('eu.a-1.', name)).toBeNull();
});

test('a hub without prefix takes none of a hub with one', () => {
  expect(kindOfTopic('', names.golden('price'))).toBeNull();
  expect(kindOfTopic('', 'golden.price.v1')).toEqual({ kind: 'golden', entity: 'price' });
});
