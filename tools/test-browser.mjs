// `npm run test:browser`: walks every page in Chromium. Works from a fresh clone; arguments go to jest.
import { join } from 'node:path';

import { ensureBuilt } from './build.mjs';
import { ensureChromium } from './chromium.mjs';
import { ensureInstalled } from './install.mjs';
import { jestEnvironment, jestProgram } from './jest-run.mjs';
import { runInOurPlace } from './process.mjs';

const root = join(import.meta.dirname, '..');

ensureInstalled(root);
await ensureBuilt();
if (!ensureChromium()) process.exit(1);
const args = [jestProgram, '--selectProjects', 'browser', ...process.argv.slice(2)];
process.exitCode = await runInOurPlace(process.execPath, args, {
  cwd: root,
  env: { ...process.env, ...jestEnvironment },
});
