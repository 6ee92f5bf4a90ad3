import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

// The conformance suite itself runs on the guide's connector in examples/write-a-connector/articles.conformance.spec.ts.
const root = join(import.meta.dirname, '../..');
const EXAMPLE = 'examples/write-a-connector';
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const guide = read('docs/write-a-connector.md');
const shown = new Map(
  [...guide.matchAll(/^`examples\/write-a-connector\/([\w.-]+)`:\n\n```ts\n([\s\S]*?\n)```$/gm)].map(
    ([, file, code]) => [file, code],
  ),
);

test('the guide shows every file of its connector as it is, and no other code', () => {
  const files = readdirSync(join(root, EXAMPLE)).filter((file) => file.endsWith('.ts'));
  expect([...shown.keys()].sort()).toEqual(files.sort());
  for (const [file, code] of shown) expect({ file, code }).toEqual({ file, code: read(`${EXAMPLE}/${file}`) });
  expect(guide.match(/^```(?:ts|js)$/gm)).toHaveLength(files.length);
});

test('the hub file of the guide is that of the README of its connector', () => {
  const yaml = /^```yaml\n[\s\S]*?^```$/m.exec(guide)?.[0] ?? 'none';
  expect(read(`${EXAMPLE}/README.md`)).toContain(yaml);
});

test('every rule that the guide names is one of the conformance suite', () => {
  const folder = 'libs/connector-sdk/src/conformance';
  const suite = readdirSync(join(root, folder))
    .map((file) => read(`${folder}/${file}`))
    .join('\n');
  const named = [...guide.matchAll(/(?<![\w*])_([a-z][^_|]{20,}?)(?: …)?_(?!\w)/g)].map(([, rule]) =>
    (rule ?? '').replace(/\s+/g, ' '),
  );
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((rule) => !suite.includes(`test('${rule}`))).toEqual([]);
});
