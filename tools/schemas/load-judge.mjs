// The judgement of libs/schema-changes for tools that run before anything is built: its few files, compiled into a cache. `compareSchemas`
// imports nothing but its neighbours.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '../..');
const sources = join(root, 'libs/schema-changes/src');
const target = join(root, 'node_modules/.cache/plumbline/schema-changes');
const OPTIONS = {
  ...{ swcrc: false, configFile: false, module: { type: 'es6' } },
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
};

/** `compareSchemas` of the lib, as it stands now. */
export async function loadCompareSchemas() {
  const { transformSync } = await import('@swc/core');
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), '{ "type": "module" }\n');
  for (const name of readdirSync(sources).filter((file) => /(?<!\.spec)\.ts$/.test(file))) {
    const { code } = transformSync(readFileSync(join(sources, name), 'utf8'), { ...OPTIONS, filename: name });
    writeFileSync(join(target, name.replace(/\.ts$/, '.js')), code);
  }
  const { compareSchemas } = await import(pathToFileURL(join(target, 'compare-schemas.js')).href);
  return compareSchemas;
}
