import { expect, test } from '@jest/globals';
import { ENTITIES, type TopicMessage, type TopicMessages } from '#contracts';
import type { Instant } from '#kernel';
import { maskMessages } from './mask-messages.js';

const { customer, product } = ENTITIES;
const RECORD = {
  ...{ key: 'c1', version: '7', name: 'Ann Ham', email: 'ann@example.com', country: 'DE', vatId: null },
  present: [{ name: 'email', system: 'crm' }],
};

function messages(...parts: readonly Partial<TopicMessage>[]): TopicMessages {
  const head = { partition: 0, offset: '1', key: 'c1', at: '2026-11-26T00:00:00Z' as Instant, headers: {}, bytes: 9 };
  return {
    messages: parts.map((part) => ({ ...head, type: null, value: RECORD, problem: null, ...part })),
    ...{ scanned: parts.length, before: {} },
  };
}
const shown = (topic: string, found: TopicMessages, may = false): unknown[] =>
  maskMessages(found, { topic: `t.${topic}`, topicPrefix: 't.', access: { has: () => may } }).messages.map(
    ({ value }) => value,
  );

test('personal fields stand at the top of a raw message; they are hidden, empty ones stay empty', () => {
  const hidden = { ...RECORD, name: '[personal]', email: '[personal]' };
  for (const topic of ['crm.customer.changed.v1', 'golden.customer.v1', 'golden.customer.history.v1'])
    expect(shown(topic, messages({}))).toEqual([hidden]);
  expect(shown('golden.customer.v1', messages({}), true)).toEqual([RECORD]);
});

test('what is personal of a customer is not of a product', () => {
  expect(shown('golden.product.v1', messages({ value: { key: 'p', name: 'Hammer' } }))).toEqual([
    { key: 'p', name: 'Hammer' },
  ]);
});

test('elsewhere the type says whose record it is; where it does not either, any personal field is hidden', () => {
  const name = { name: 'Hammer' };
  expect(
    shown(
      'crm.dead-letter.v1',
      messages({ type: customer.changedType }, { type: product.goldenType, value: name }, { value: name }),
    ),
  ).toEqual([expect.objectContaining({ email: '[personal]', country: 'DE' }), name, { name: '[personal]' }]);
});

test('a tombstone stays one', () => {
  expect(shown('golden.customer.v1', messages({ value: null }))).toEqual([null]);
});
