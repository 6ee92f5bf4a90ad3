import { expect, test } from '@jest/globals';
import type { Instant } from '#kernel';
import { cloudEventHeaders, eventPlaceOf } from './cloud-event-headers.js';
import { HEADERS } from './topics.js';

test('names every attribute of CloudEvents binary mode, and ours only where they are given', () => {
  const time = '2026-11-23T04:05:06.123456Z' as Instant;
  const context = { id: '1', source: '/plumbline/erp', type: 'price.changed.v1', time, subject: 'k' };
  const required = {
    ce_specversion: '1.0',
    ce_id: '1',
    ce_source: '/plumbline/erp',
    ce_type: 'price.changed.v1',
    ce_time: time,
    ce_subject: 'k',
    'content-type': 'application/vnd.confluent.avro',
  };
  expect(cloudEventHeaders(context)).toEqual(required);
  expect(cloudEventHeaders({ ...context, batch: { id: 'b', size: 7 }, lane: 'bulk' })).toEqual({
    ...required,
    'x-plumbline-batch': 'b',
    'x-plumbline-batch-size': '7',
    'x-plumbline-lane': 'bulk',
  });
});

test('an event’s id tells its place, whatever its key is', () => {
  const placeOf = (id: string): unknown => eventPlaceOf({ [HEADERS.id]: id });
  expect(placeOf('erp/product/a/1.2/3.45')).toEqual({ epoch: 3, sequence: 45n });
  expect(placeOf('golden/product/a.1/12')).toEqual({ epoch: 0, sequence: 12n });
  expect([placeOf('golden/product/a'), placeOf('12'), placeOf('x/1.2.3'), eventPlaceOf({})]).toEqual([
    ...[null, null, null, null],
  ]);
});
