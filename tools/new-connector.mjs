// `npm run new:connector NAME`: writes connectors/NAME, which compiles, and whose conformance run says what to do next.
// `-- --dry-run` writes nothing; `-- --into FOLDER` writes elsewhere in this checkout and generates nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { ensureInstalled } from './install.mjs';
import { findNameProblem, makeSkeleton } from './new-connector/skeleton.mjs';

const root = join(import.meta.dirname, '..');
const DEFAULT_FOLDER = 'connectors';

const options = { 'dry-run': { type: 'boolean' }, into: { type: 'string', default: DEFAULT_FOLDER } };
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const [name] = positionals;
const folder = relative(root, resolve(root, values.into, name ?? ''));
// npm keeps `--dry-run` without `--` before it for itself, and tells so in the environment
const isDryRun = values['dry-run'] || process.env.npm_config_dry_run === 'true';

const problem = findNameProblem(name, takenNames()) ?? findFolderProblem();
if (problem) {
  console.error(problem);
  process.exit(2);
}
ensureInstalled(root);
await writeSkeleton();
if (!isDryRun && values.into === DEFAULT_FOLDER) generate();
console.log(nextSteps());

function takenNames() {
  return Object.keys(JSON.parse(readFileSync(join(root, 'nest-cli.json'), 'utf8')).projects);
}

function findFolderProblem() {
  if (folder.startsWith('..')) return `--into ${values.into} is outside of this checkout.`;
  return existsSync(join(root, folder)) ? `${folder} exists already: remove it, or choose another name.` : null;
}

async function writeSkeleton() {
  const { default: prettier } = await import('prettier');
  const style = (await prettier.resolveConfig(join(root, 'package.json'))) ?? {};
  if (!isDryRun) mkdirSync(join(root, folder), { recursive: true });
  for (const [file, text] of Object.entries(makeSkeleton(name, folder))) {
    const path = join(root, folder, file);
    const formatted = await prettier.format(text, { ...style, filepath: path });
    if (!isDryRun) writeFileSync(path, formatted);
    console.log(
      `${isDryRun ? 'would write' : 'written'}: ${folder}/${file} (${formatted.split('\n').length - 1} lines)`,
    );
  }
}

function generate() {
  const { status } = spawnSync(process.execPath, [join(root, 'tools/generate.mjs')], { stdio: 'inherit' });
  if (status === 0) return;
  console.error('`npm run generate` failed; correct what it says above and run it again.');
  process.exit(1);
}

function nextSteps() {
  return `
Next:
  1. npm run test:int -- --testPathPatterns ${folder}/
     Every failed rule names the function to write next, and what it must do. Begin with the driver in
     ${folder}/${name}.conformance.spec.ts, then client.ts, then apply() in connector.ts.
  2. Correct the capabilities in connector.ts and in the spec: what you do not claim is not tested.
  3. npm run check
docs/write-a-connector.md does all of this for a small shop, method by method.`;
}
