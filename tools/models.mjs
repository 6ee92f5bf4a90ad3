// `npm run models [-- --yes]`: Spin explores every interleaving of models/*.pml. A model's first comment says its runs: good ones
// must have no error, mutants must have a counterexample. Node's own modules only, so that it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, '.plumbline/models');
const TOOLS = ['spin', 'gcc'];
const INSTALL = 'apt-get update && apt-get install -y --no-install-recommends spin gcc libc6-dev';
/** Steps of the longest path that is followed; pan says so when one was longer, and then nothing is shown. */
const DEPTH = 1_000_000;

/** The runs that a model's text names: `run good|mutant [-DNAME[=VALUE] …]  [what it is]`. Pure. */
export function runsOf(text) {
  const lines = [...text.matchAll(/^ \* run (good|mutant)((?: -D\w+(?:=\w+)?)*) *(.*)$/gm)];
  return lines.map(([, kind, flags, about]) => ({ kind, flags: flags.trim().split(' ').filter(Boolean), about }));
}

/** What pan printed: states, and `no error`, `counterexample` or `unknown` (not searched to the end). Pure. */
export function verdictOf(output) {
  const errors = /errors: (\d+)/.exec(output)?.[1];
  const states = Number(/(\d+) states, stored/.exec(output)?.[1] ?? 0);
  const isCut = /max search depth too small|pan: reached -DMEMLIM|out of memory|Search not completed/.test(output);
  if (errors === undefined) return { verdict: 'unknown', states };
  if (errors !== '0') return { verdict: 'counterexample', states };
  return { verdict: isCut ? 'unknown' : 'no error', states };
}

function ensureTools(isAllowed) {
  const missing = TOOLS.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
  if (missing.length === 0) return;
  if (!isAllowed || process.getuid?.() !== 0)
    throw new Error(`Missing: ${missing.join(', ')}. On Debian and Ubuntu, as root: ${INSTALL}`);
  const { status } = spawnSync('sh', ['-c', INSTALL], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`This failed: ${INSTALL}`);
}

/** Explores one run of a model in a folder of its own. @throws Error when a tool does not accept the model */
function explore(model, { kind, flags }) {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  tool('spin', ['-a', ...flags, join(ROOT, 'models', model)]);
  tool('gcc', ['-O2', '-w', '-DSAFETY', '-o', 'pan', 'pan.c']);
  const { verdict, states } = verdictOf(tool('./pan', [`-m${DEPTH}`]));
  return { verdict, states, isRight: verdict === (kind === 'good' ? 'no error' : 'counterexample') };
}

function tool(command, args) {
  const run = spawnSync(command, args, { cwd: FOLDER, encoding: 'utf8' });
  if (run.status === 0) return run.stdout;
  throw new Error(`${command} ${args.join(' ')}:\n${run.stdout}${run.stderr}`);
}

function main(args) {
  ensureTools(args.includes('--yes') || process.env.CI === 'true');
  const results = [];
  for (const model of readdirSync(join(ROOT, 'models')).filter((name) => name.endsWith('.pml'))) {
    const runs = runsOf(readFileSync(join(ROOT, 'models', model), 'utf8'));
    if (runs.length === 0) throw new Error(`${model} names no run`);
    for (const run of runs) {
      const result = explore(model, run);
      results.push({ model, ...run, ...result });
      const states = result.states.toLocaleString('en').padStart(12);
      const mark = result.isRight ? 'ok   ' : 'WRONG';
      console.log(
        `${mark} ${model.padEnd(10)} ${run.kind.padEnd(6)} ${states} states  ${result.verdict}  ${run.about}`,
      );
    }
  }
  rmSync(FOLDER, { recursive: true, force: true });
  const wrong = results.filter(({ isRight }) => !isRight).map(({ model, flags }) => [model, ...flags].join(' '));
  const mutants = results.filter(({ kind }) => kind === 'mutant').length;
  console.log(JSON.stringify({ runs: results.length, mutants, wrong }));
  return wrong.length === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) process.exitCode = main(process.argv.slice(2));
