import { expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CONNECTORS = join(import.meta.dirname, '../../../connectors');
const folders = readdirSync(CONNECTORS, { withFileTypes: true }).filter((entry) => entry.isDirectory());

test.each(folders.map(({ name }) => name))('connector %s runs the conformance suite and has a README', (name) => {
  const spec = join(CONNECTORS, name, `${name}.conformance.spec.ts`);
  expect(existsSync(spec)).toBe(true);
  expect(readFileSync(spec, 'utf8')).toMatch(/^testConnector\(\{/m);
  expect(existsSync(join(CONNECTORS, name, 'README.md'))).toBe(true);
});
