// `npm test`: everything that can fail, from a fresh clone with no step before it. `npm run test:full` (`--full`) also tries
// the real systems, kills and demos that need long. The last line is `N passed, N failed`.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { ensureBuilt } from './build.mjs';
import { ensureChromium } from './chromium.mjs';
import { ensureInstalled } from './install.mjs';
import { addCounts, countTests, jestEnvironment, jestProgram } from './jest-run.mjs';
import { runInOurPlace, runQuietly } from './process.mjs';

const root = join(import.meta.dirname, '..');
const STACK = 'stack/stack.mjs';
const NOTHING = { passed: 0, failed: 0, skipped: 0 };
const ONE_FAILED = { passed: 0, failed: 1, skipped: 0 };

/** What needs systems that others wrote, or many minutes; each ends the process with an exit code. */
const LONG_STEPS = [
  ['conformance on real systems', ['tools/conformance.mjs', '--all']],
  ['kill -9 of each process', ['tools/run.mjs', 'faults', '--kill-each', '--seed', '1', '--products', '600']],
  ['kill -9 at failpoints', ['tools/run.mjs', 'faults', '--failpoints']],
  ['demo on real systems', ['tools/run.mjs', 'demo', '--real', '--exit']],
  ['demo beside a plain sync script', ['tools/run.mjs', 'demo', '--versus', '--exit']],
];
/** End-to-end tests of one to two minutes each; what they show has quicker tests of its parts in `npm test`. */
const LONG_E2E = 'reconcile-judge|reconcile-repairs|repair-killed|scan-resumes|restored-golden|replay';
/** The browser tests that are enough for `npm test`. */
const SMOKE = 'pages\\.browser';
const isFull = process.argv.includes('--full');

let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (isInterrupted = true));

ensureInstalled(root);
await ensureBuilt();
const counts = [await jest('unit', '--maxWorkers=2'), await step('import rules', ['tools/check-rules.mjs'])];
counts.push(...(await withServers(testWithServers)));
const { passed, failed, skipped } = addCounts(counts);
if (isInterrupted) console.log('Interrupted: not everything was run.');
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || isInterrupted ? 1 : 0;

async function testWithServers() {
  const counts = [await jest('integration', '--maxWorkers=2'), await endToEnd(), await pages()];
  if (!isFull) return counts;
  counts.push(await jest('real', '--maxWorkers=1'));
  for (const [name, args] of LONG_STEPS) counts.push(await step(name, args));
  return counts;
}

function endToEnd() {
  return jest('e2e', '--maxWorkers=2', ...(isFull ? [] : ['--testPathIgnorePatterns', `(${LONG_E2E})\\.e2e\\.spec`]));
}

/** All of it with `--full`; else every page once at each width, without what is done there. */
async function pages() {
  if (isInterrupted) return NOTHING;
  if (!ensureChromium()) return ONE_FAILED;
  return jest('browser', '--maxWorkers=1', ...(isFull ? [] : ['--testPathPatterns', SMOKE]));
}

/** Brings the servers up, and stops them again unless they ran before. */
async function withServers(work) {
  const before = await runQuietly(process.execPath, [STACK, 'status', '--json'], { cwd: root });
  // toxiproxy too: the fault runs start one of their own, and would have to build it within their time
  const started = await step('servers', [STACK, 'up', '--yes', '--systems', 'toxiproxy']);
  try {
    return started.failed > 0 ? [started] : await work();
  } finally {
    if (before.code !== 0) await run([STACK, 'down']);
  }
}

/** Runs one project of jest. Its exit code alone would not tell how many tests failed. */
async function jest(project, ...options) {
  if (isInterrupted) return NOTHING;
  announce(`${project} tests`);
  const reportFile = join(root, '.plumbline/test', `${project}.json`);
  mkdirSync(dirname(reportFile), { recursive: true });
  rmSync(reportFile, { force: true });
  const args = [jestProgram, '--selectProjects', project, '--passWithNoTests', ...options];
  const env = { ...jestEnvironment, ...(isFull ? {} : { TEST_EFFORT: 'quick' }) };
  const code = await run([...args, '--json', `--outputFile=${reportFile}`], env);
  return countTests(readReport(reportFile), code);
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`jest left no report: ${error.message}`);
    return null;
  }
}

/** Runs something that is no jest test: it adds nothing when it passes, and one failure when it fails. */
async function step(name, args) {
  if (isInterrupted) return NOTHING;
  announce(name);
  return (await run(args)) === 0 ? NOTHING : ONE_FAILED;
}

function run(args, env = {}) {
  return runInOurPlace(process.execPath, args, { cwd: root, env: { ...process.env, ...env } });
}

function announce(name) {
  console.log(`\n── ${name} ──`);
}
