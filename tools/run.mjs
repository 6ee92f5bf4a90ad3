// `node tools/run.mjs NAME …`: installs and builds when needed, then runs the compiled program. Node's own modules only,
// so that it works in a fresh clone with no step before it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { runInOurPlace } from './process.mjs';

const root = join(import.meta.dirname, '..');
const ENTRIES = {
  cli: 'apps/cli/main.js',
  demo: 'demo/main.js',
  bench: 'bench/main.js',
  faults: 'test/faults/main.js',
};

const [name, ...args] = process.argv.slice(2);
if (!Object.hasOwn(ENTRIES, name ?? '')) {
  console.error(`Usage: node tools/run.mjs ${Object.keys(ENTRIES).join('|')} [arguments]`);
  process.exit(2);
}
ensureInstalled(root);
await ensureBuilt();
const entry = join(root, 'dist', ENTRIES[name]);
if (!existsSync(entry)) {
  console.error(
    `dist/${ENTRIES[name]} was not built: run \`npm run generate\`, which lists new programs in nest-cli.json.`,
  );
  process.exit(1);
}
process.exitCode = await runInOurPlace(process.execPath, ['--enable-source-maps', entry, ...args]);
