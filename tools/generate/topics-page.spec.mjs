import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

import { asyncApi } from './asyncapi.mjs';
import { exampleOf } from './avro-example.mjs';
import { readTopicModel } from './topic-model.mjs';
import { generateTopicsPage } from './topics-page.mjs';

const root = join(import.meta.dirname, '../..');

test('the model has every kind of topic and every header, and is the same twice', async () => {
  const model = await readTopicModel(root);
  const kinds = new Set(model.topics.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(['change', 'dead-letter', 'golden', 'history', 'hub']);
  for (const { kind, schema } of model.topics) expect(schema === undefined).toBe(kind === 'dead-letter');
  expect(model.headers.find(({ name }) => name === 'content-type').example).toBe('application/vnd.confluent.avro');
  expect(JSON.stringify(asyncApi('1', await readTopicModel(root)))).toBe(JSON.stringify(asyncApi('1', model)));
});

test('the page names each topic, each field and its exact type, and links only to what is there', async () => {
  const model = await readTopicModel(root);
  const page = generateTopicsPage(model)['docs/topics.md'];
  for (const { address, schema } of model.topics) {
    expect(page).toContain(`## \`${address}\``);
    for (const { name, doc } of schema?.fields ?? [])
      expect(page.includes(`| \`${name}\` `) && page.includes(doc)).toBe(true);
  }
  expect(page).toContain('decimal, 18 digits, 4 after the point, or null');
  for (const [, link] of page.matchAll(/\]\((\.\.\/[^)#]+)\)/g))
    expect(readFileSync(join(root, 'docs', link), 'utf8')).not.toBe('');
});

test('an example has a value for each field, also where a type is only mentioned', () => {
  const mark = {
    type: 'record',
    name: 'Mark',
    namespace: 'x',
    fields: [{ name: 'at', type: ['null', { type: 'long', logicalType: 'timestamp-micros' }] }],
  };
  const fields = [
    { name: 'first', type: mark },
    { name: 'more', type: { type: 'array', items: 'x.Mark' } },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal' } },
    { name: 'status', type: { type: 'enum', name: 'S', symbols: ['live', 'deleted'] } },
    { name: 'texts', type: { type: 'map', values: 'string' } },
  ];
  const at = '2026-11-23T04:05:06.123456Z';
  expect(exampleOf({ type: 'record', name: 'R', fields })).toEqual({
    ...{ first: { at }, more: [{ at }], price: '9.99', status: 'live', texts: { en: 'text' } },
  });
});
