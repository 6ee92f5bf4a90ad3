// `npm run check:rules`: plants a violation of every rule in a tree of its own and requires that exactly that rule fires,
// and nothing where the plant is allowed. A rule without a plant fails too.
import { join } from 'node:path';
import { ESLint } from 'eslint';

import { findViolations, importRules } from './import-rules/find-violations.mjs';
import { importPlants } from './rule-plants/import-plants.mjs';
import { lintPlants } from './rule-plants/lint-plants.mjs';
import { withPlantedTree } from './rule-plants/skeleton.mjs';
import { judgePlants, summarize } from './rule-plants/judge-plants.mjs';

const root = join(import.meta.dirname, '..');

const files = [...importPlants, ...lintPlants].map(({ file, code }) => [file, code]);
const fired = await withPlantedTree(root, files, async (folder) => {
  const lintFiles = lintPlants.map(({ file }) => file);
  return [...(await findImports(folder)), ...(await findLintErrors(folder, lintFiles))];
});

const rules = [...importRules, ...new Set(lintPlants.flatMap(({ rule }) => rule ?? []))];
const results = judgePlants([...importPlants, ...lintPlants], fired);
const table = summarize(rules, results);
const width = Math.max(...rules.map((rule) => rule.length));
for (const { rule, planted, caught } of table)
  console.log(`${planted > 0 && planted === caught ? '✓' : '✗'} ${rule.padEnd(width)}  ${caught} of ${planted} caught`);
const allowed = results.filter(({ plant }) => plant.rule === null);
const passed = allowed.filter(({ isRight }) => isRight).length;
console.log(
  `${passed === allowed.length ? '✓' : '✗'} ${'(allowed)'.padEnd(width)}  ${passed} of ${allowed.length} pass`,
);

const wrong = results.filter(({ isRight }) => !isRight);
for (const { plant, rules: found } of wrong)
  console.log(
    `\n${plant.file}: wanted ${plant.rule ?? 'nothing'}, fired: ${found.join(', ') || 'nothing'}\n${plant.code}`,
  );
const unproved = table.filter(({ planted }) => planted === 0).map(({ rule }) => rule);
if (unproved.length > 0) console.log(`\nNo violation is planted for: ${unproved.join(', ')}`);
if (wrong.length > 0 || unproved.length > 0) process.exitCode = 1;

async function findImports(folder) {
  const { violations } = await findViolations(folder, ['apps', 'libs', 'connectors', 'demo', 'bench', 'test']);
  return violations.map(({ rule, from }) => ({ rule, file: from }));
}

async function findLintErrors(folder, paths) {
  const eslint = new ESLint({ cwd: folder, overrideConfigFile: join(root, 'eslint.config.js') });
  const reports = await eslint.lintFiles(paths);
  return reports.flatMap(({ filePath, messages }) =>
    messages.map(({ ruleId, message }) => ({ rule: ruleId ?? message, file: filePath.slice(folder.length + 1) })),
  );
}
