// `npm run check`: generated files, types, lint, format, import rules and unit tests; two at a time. With `--no-unit` all but
// the unit tests: where `npm test` follows.
import { join } from 'node:path';

import { ensureInstalled } from './install.mjs';
import { jestEnvironment, jestProgram } from './jest-run.mjs';
import { runQuietly } from './process.mjs';

const root = join(import.meta.dirname, '..');
const LANES = 2;

/** The longest first, so that the lanes end together. */
const STEPS = [
  {
    name: 'lint',
    args: ['node_modules/eslint/bin/eslint.js', '.', '--cache', '--cache-location', 'node_modules/.cache/eslint/'],
  },
  { name: 'unit tests', args: [jestProgram, '--selectProjects', 'unit', '--maxWorkers=1'], env: jestEnvironment },
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'types of pages', args: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'apps/admin-web'] },
  {
    name: 'format',
    args: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '--cache', '.'],
  },
  { name: 'import rules', args: ['tools/rules.mjs'] },
  { name: 'schemas', args: ['tools/schemas-check.mjs'] },
  { name: 'generated files', args: ['tools/generate.mjs', '--check'] },
];

ensureInstalled(root);
const startedAt = performance.now();
const waiting = STEPS.filter(({ name }) => name !== 'unit tests' || !process.argv.includes('--no-unit'));
const failed = [];
await Promise.all(Array.from({ length: LANES }, runLane));
const seconds = (performance.now() - startedAt) / 1000;
const verdict = failed.length === 0 ? 'All checks passed' : `Failed: ${failed.join(', ')}`;
console.log(`${verdict} (${seconds.toFixed(1)} s).`);
if (failed.length > 0) process.exitCode = 1;

async function runLane() {
  for (let step = waiting.shift(); step; step = waiting.shift()) {
    const { name, args, env } = step;
    const { code, output, seconds } = await runQuietly(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
    });
    console.log(`${code === 0 ? '✓' : '✗'} ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s`);
    if (code === 0) continue;
    failed.push(name);
    console.log(`${output.trimEnd()}\n`);
  }
}
