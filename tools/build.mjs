// Compiles everything into dist/ when a source changed since the last build. `--force` compiles in any case.
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { withBuildLock } from './build-lock.mjs';
import { ensureInstalled } from './install.mjs';
import { arePagesFresh, buildPages, PAGES_OUTPUT } from './pages.mjs';
import { runQuietly } from './process.mjs';
import { fingerprint, listSources, outputsOf } from './sources.mjs';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const stampFile = join(dist, '.stamp');

/** Builds when needed. Prints to stderr only; a failed build ends the process with what the compiler said. */
export async function ensureBuilt({ force = false } = {}) {
  if (!force && isFresh()) return false;
  return withBuildLock(join(root, 'node_modules/.cache/plumbline/build.lock'), async () => {
    // Another process may have built while we waited.
    if (!force && isFresh()) return false;
    if (force || !isCodeFresh()) await build();
    if (force || !arePagesFresh(root)) await buildPagesOrEnd();
    return true;
  });
}

function isFresh() {
  return isCodeFresh() && arePagesFresh(root);
}

function isCodeFresh() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint(root, listSources(root));
}

async function build() {
  const sources = listSources(root);
  // Taken before compiling: an edit made meanwhile makes the next run build again.
  const stamp = fingerprint(root, sources);
  rmSync(stampFile, { force: true });
  console.error('Building …');
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  const { code, output, seconds } = await runQuietly(process.execPath, [nest, 'build', '--all'], { cwd: root });
  const missing = sources.flatMap(outputsOf).filter((path) => !existsSync(join(dist, path)));
  if (code !== 0 || missing.length > 0) {
    console.error(output.trimEnd());
    for (const path of missing.slice(0, 10)) console.error(`not made: dist/${path}`);
    console.error('The build failed.');
    process.exit(1);
  }
  removeLeftovers(dist, '', new Set(sources.flatMap(outputsOf)));
  writeFileSync(stampFile, stamp);
  console.error(`Built ${sources.length} files in ${seconds.toFixed(1)} s.`);
}

async function buildPagesOrEnd() {
  const startedAt = performance.now();
  try {
    await buildPages(root);
  } catch (error) {
    console.error(`${error.message}\nThe pages could not be built.`);
    process.exit(1);
  }
  console.error(`Built the pages in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
}

/** Deletes what was made from a source that is gone: Node would still load it. */
function removeLeftovers(folder, prefix, wanted) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = prefix + entry.name;
    if (path === PAGES_OUTPUT) continue; // its own build empties it
    if (entry.isDirectory()) removeLeftovers(join(folder, entry.name), `${path}/`, wanted);
    else if (!wanted.has(path)) rmSync(join(folder, entry.name));
  }
  if (prefix && readdirSync(folder).length === 0) rmdirSync(folder);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  ensureInstalled(root);
  if (!(await ensureBuilt({ force: process.argv.includes('--force') }))) console.error('dist is up to date.');
}
