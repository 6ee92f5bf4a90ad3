import { expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CONNECTORS = join(import.meta.dirname, '../../../connectors');
const folders = readdirSync(CONNECTORS, { withFileTypes: true }).filter((entry) => entry.isDirectory());

test.each(folders.map(({ name }) => name))('connector %s runs the conformance suite and has a README', (name) => {
  // `real` specs need a system that others wrote; `conformance` specs do with the servers; a connector may have both
  const specs = ['conformance', 'real']
    .map((kind) => join(CONNECTORS, name, `${name}.${kind}.spec.ts`))
    .filter(existsSync);
  expect(specs).not.toEqual([]);
  for (const spec of specs) expect(readFileSync(spec, 'utf8')).toMatch(/^testConnector\(\{/m);
  expect(existsSync(join(CONNECTORS, name, 'README.md'))).toBe(true);
});
