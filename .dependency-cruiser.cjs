// Who may import whom. Each rule is proved by a planted violation: `npm run check:rules`.
const { faces } = require('./tools/import-rules/faces.cjs');
const { importTable } = require('./tools/import-rules/import-table.cjs');
const { packageRules } = require('./tools/import-rules/packages.cjs');

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [...importTable, ...faces, ...packageRules],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?:dist|\\.plumbline|coverage)/' },
    tsPreCompilationDeps: true, // an `import type` is an import: the compiled code no longer shows it
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'], // `types` leads `#lib` to its source instead of to dist
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
