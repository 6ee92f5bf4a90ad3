import { expect, test } from '@jest/globals';
import { decodeCursor, encodeCursor, joinEventId, splitEventId, toIndexedRecord, traceIdOf } from './index.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

test('an id of the hub splits into its prefix, its key, which may hold slashes, and its place', () => {
  expect(splitEventId('erp/price/A/1|x/1.42')).toEqual({ prefix: 'erp/price', key: 'A/1|x', place: '1.42' });
  expect(splitEventId('golden/price//7')).toEqual({ prefix: 'golden/price', key: '', place: '7' });
});

test.each(['', 'a', 'a/b', 'a/b/c', '/b/c/d', 'a/b/c/', '//', '///'])('%j is no id of that form', (id) => {
  expect(splitEventId(id)).toBeNull();
});

test.each(['a/b/c/d', 'a//c/d', 'a/b//d', 'erp/price/ü/☃/1.2'])('%j is the same when it is joined again', (id) => {
  const parts = splitEventId(id);
  expect(parts && joinEventId(parts)).toBe(id);
});

test('keeps of a message what it says of itself, and never its value', () => {
  const place = { topic: 't', partition: 1, offset: 2n, key: '4711', timestampMs: 5 };
  const headers = { ce_id: 'i', ce_type: 'y', traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
  const value = Buffer.from('secret');
  expect(toIndexedRecord({ ...place, headers, value }, 'A-1')).toEqual({
    ...{ topic: 't', partition: 1, offset: 2n, key: '4711', businessKey: 'A-1', eventId: 'i', type: 'y' },
    ...{ appendedAtMs: 5, traceId: TRACE, isTombstone: false },
  });
  expect(toIndexedRecord({ ...place, headers: {}, value: null }, '4711')).toMatchObject({
    ...{ businessKey: null, eventId: null, type: null, traceId: null, isTombstone: true },
  });
});

test.each([undefined, '', 'x', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, TRACE])('%s names no trace', (header) => {
  expect(traceIdOf(header)).toBeNull();
});

test('a cursor is the same when it is read again; anything else is refused', () => {
  const cursor = { appendedAtMs: 5, topic: 't.v1', partition: 3, offset: 9_007_199_254_740_993n };
  expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
  for (const text of [
    '',
    'x',
    Buffer.from('[1,"t",0,"x"]').toString('base64url'),
    Buffer.from('{}').toString('base64url'),
  ])
    expect(() => decodeCursor(text)).toThrow('no cursor');
});
