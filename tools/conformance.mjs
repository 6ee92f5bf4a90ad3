// `npm run conformance`: the suite of every connector against its real system, through a proxy that makes faults, and
// planted bugs that the suite must catch. The last line on stdout is one JSON object.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { toPage } from './conformance/page.mjs';
import { countRows, toRows, withoutFaults } from './conformance/report.mjs';
import { ensureInstalled } from './install.mjs';
import { jestEnvironment, jestProgram } from './jest-run.mjs';
import { runInOurPlace, runQuietly } from './process.mjs';

const root = join(import.meta.dirname, '..');
const STACK = 'stack/stack.mjs';
const PLANTS = 'planted';
/** The real systems of a connector, as the stack calls them; a connector that is not listed has one of its own name. */
const SYSTEMS = { files: ['sftp'], rest: ['pocketbase'], sql: ['mariadb'], [PLANTS]: ['pocketbase'] };
/** Targets without a network: no fault of a line can meet them. */
const LOCAL = ['files: CSV drops', 'files: JSON Lines drops of the whole list', 'files: XML drops of changed records'];
const HELP = `The conformance suite of connectors, on their real systems and through toxiproxy.

  npm run conformance -- --all                   every connector, and the planted bugs
  npm run conformance -- NAME…                   these: ${connectorNames().join(', ')}, ${PLANTS}

  --json FILE   a row per case: connector, system, case, result, milliseconds, message
  --html FILE   the same as a page

The last line on stdout is {"planted","caught","cases","failed","skipped"}. Exit code 1 when a case failed or a planted
bug was not caught, 2 for wrong usage.`;

function connectorNames() {
  const folders = readdirSync(join(root, 'connectors'), { withFileTypes: true });
  return folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

const options = readArguments();
if (options.help) console.log(HELP);
else process.exitCode = await main(options);

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        all: { type: 'boolean', default: false },
        json: { type: 'string' },
        html: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const known = [...connectorNames(), PLANTS];
    const unknown = positionals.filter((name) => !known.includes(name));
    if (unknown.length > 0) throw new Error(`There is no connector "${unknown[0]}": ${known.join(', ')}.`);
    if (!values.help && values.all === positionals.length > 0) throw new Error('Give --all, or names.');
    return { ...values, names: values.all ? known : positionals };
  } catch (error) {
    console.error(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

async function main({ names, json, html }) {
  ensureInstalled(root);
  const startedAt = new Date().toISOString();
  const begin = performance.now();
  const reportFile = join(root, '.plumbline/test/conformance.json');
  mkdirSync(dirname(reportFile), { recursive: true });
  rmSync(reportFile, { force: true });
  const systems = [...new Set(names.flatMap((name) => SYSTEMS[name] ?? [name])), 'toxiproxy'];
  const code = await withServers(systems, (addresses) => runSuite(names, reportFile, addresses));
  if (!existsSync(reportFile)) return fail(`the suite left no report (exit code ${code})`);
  const rows = toRows(JSON.parse(readFileSync(reportFile, 'utf8')), root);
  for (const system of withoutFaults(rows, LOCAL)) rows.push(lineless(system));
  const run = { startedAt, seconds: Math.round((performance.now() - begin) / 1000), counts: countRows(rows), rows };
  if (json) write(json, `${JSON.stringify(run, null, 2)}\n`);
  if (html) write(html, toPage(run));
  return tell(run, code);
}

/** Brings the servers and systems up, and stops them again unless any ran before. Null when they did not come up. */
async function withServers(systems, work) {
  const before = await runQuietly(process.execPath, [STACK, 'status', '--json'], { cwd: root });
  const isOurs = !/"state":"(?:running|not ready|given)/.test(before.output);
  // The stack prints its progress to stderr, and nothing but the addresses to stdout.
  const { status, stdout } = spawnSync(
    process.execPath,
    [STACK, 'up', '--yes', '--json', '--systems', systems.join(',')],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
  );
  try {
    return status === 0 ? await work(JSON.parse(stdout)) : null;
  } finally {
    if (isOurs) spawnSync(process.execPath, [STACK, 'down'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  }
}

/** Two files at a time: each has a system of its own. */
function runSuite(names, reportFile, addresses) {
  const files = names.map((name) =>
    name === PLANTS ? 'test/real/planted-connector-bugs' : `connectors/${name}/${name}`,
  );
  const args = [
    ...[jestProgram, '--selectProjects', 'integration', 'real', '--maxWorkers=2'],
    ...['--testPathPatterns', `/(${files.join('|')})\\.(conformance|real)\\.spec\\.ts$`],
    ...['--testNamePattern', '^(conformance of|planted connector bugs)'],
    ...['--globals', '{"conformanceReport":true}', '--reporters', '<rootDir>/tools/conformance/progress-reporter.mjs'],
    ...['--json', `--outputFile=${reportFile}`],
  ];
  const env = { ...process.env, ...addresses, ...jestEnvironment, REAL_SYSTEMS: '' };
  return runInOurPlace(process.execPath, args, { cwd: root, env, stdio: ['ignore', 2, 2] });
}

/** A target that was to be tried over a line and was not. */
function lineless(system) {
  const message = 'No rule of faults was run: has its spec a line (test/harness/line.ts)?';
  return {
    ...{ kind: 'rule', connector: '', system, group: 'faults', case: 'faults are made on the way to the system' },
    ...{ status: 'failed', ms: null, message },
  };
}

function write(file, text) {
  const path = resolve(file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function tell({ counts, rows, seconds }, code) {
  for (const { status, system, case: name, message } of rows)
    if (status === 'failed')
      console.error(`\n✗ ${system}: ${name}\n  ${message.split('\n').slice(0, 12).join('\n  ')}`);
  const { planted, caught, cases, failed, skipped } = counts;
  console.error(
    `\n${cases} cases, ${failed} failed, ${skipped} not applicable, ${caught} of ${planted} planted bugs caught; ${seconds} s`,
  );
  console.log(JSON.stringify(counts));
  // Jest also fails for a planted bug that nothing caught, which has no failed case.
  return failed > 0 || caught < planted || code !== 0 ? 1 : 0;
}

function fail(problem) {
  console.error(problem);
  console.log(JSON.stringify({ planted: 0, caught: 0, cases: 0, failed: 1, skipped: 0 }));
  return 1;
}
