// Runs dependency-cruiser with the project's rules over any tree laid out like this one.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const { forbidden, options } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs');

/** Names of all import rules. */
export const importRules = forbidden.map(({ name }) => name);

/** Forbidden imports of the folders (or files) below `root`: rule, its comment, importing and imported file. */
export async function findViolations(root, folders) {
  const { output } = await cruise(
    folders,
    { ...options, ruleSet: { forbidden }, validate: true, baseDir: root },
    undefined,
    { tsConfig: extractTSConfig(join(root, options.tsConfig.fileName)) },
  );
  const comments = new Map(forbidden.map(({ name, comment }) => [name, comment]));
  const violations = output.summary.violations.map(({ rule, from, to }) => ({
    rule: rule.name,
    comment: comments.get(rule.name),
    from,
    to,
  }));
  return {
    modules: output.modules.filter(({ coreModule, source }) => !coreModule && !source.includes('node_modules')).length,
    violations,
  };
}
