// The style guide's rules that a linter can check (CONTRIBUTING.md). Imports between folders: .dependency-cruiser.cjs.
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

import todoNamesAnIssue from './tools/eslint/todo-names-an-issue.mjs';

const SPECS = [
  '**/*.spec.ts',
  '**/*.spec.mjs',
  '**/*.contract.ts',
  '**/src/testing.ts',
  '**/src/conformance/**',
  'test/**/*.ts',
];
const NODE_GLOBALS = [
  ...['AbortController', 'AbortSignal', 'Buffer', 'TextDecoder', 'TextEncoder', 'URL', 'URLSearchParams', 'console'],
  ...['clearInterval', 'clearTimeout', 'fetch', 'performance', 'process', 'setImmediate', 'setInterval', 'setTimeout'],
  ...['structuredClone'],
];

const exportsByName = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name, so that everyone calls it the same.' },
  { selector: 'ExportAllDeclaration', message: 'List exports by name: what is not listed stays private.' },
];
const TEXT_ONLY = 'Show texts as text nodes: what a message holds must never become markup or an address of its own.';
const MARKUP = '/^(dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|srcDoc)$/';
const textOnly = [
  { selector: `JSXAttribute[name.name=${MARKUP}]`, message: TEXT_ONLY },
  { selector: `MemberExpression[property.name=${MARKUP}]`, message: TEXT_ONLY },
  { selector: 'JSXAttribute[name.name=/^(href|src)$/] > JSXExpressionContainer', message: TEXT_ONLY },
];

const shape = {
  'max-lines': ['error', { max: 250 }],
  'max-lines-per-function': ['error', { max: 50 }],
  'max-params': ['error', 4],
  complexity: ['error', 10],
  'plumbline/todo-names-an-issue': 'error',
  'no-restricted-syntax': [
    'error',
    ...exportsByName,
    {
      selector: "CallExpression[callee.name='createDecipheriv'][arguments.length<4]",
      message: 'Name authTagLength: 16, else Node takes a tag of four bytes.',
    },
  ],
  eqeqeq: 'error',
  'no-var': 'error',
  'prefer-const': 'error',
};

const typed = {
  '@typescript-eslint/explicit-module-boundary-types': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { allowDefaultCaseForExhaustiveSwitch: false, considerDefaultExhaustiveForUnions: false },
  ],
  '@typescript-eslint/naming-convention': [
    'error',
    { selector: 'interface', format: ['PascalCase'], custom: { regex: '^I[A-Z]|Impl$', match: false } },
    { selector: 'class', format: ['PascalCase'], custom: { regex: 'Impl$', match: false } },
  ],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  '@typescript-eslint/require-await': 'off', // an in-memory fake answers a promise without waiting for one
};

const NO_ENVIRONMENT = 'Only libs/config reads the environment; take a typed value instead.';
const noEnvironment = {
  'no-restricted-properties': ['error', { object: 'process', property: 'env', message: NO_ENVIRONMENT }],
  'no-restricted-imports': [
    'error',
    {
      paths: ['process', 'node:process'].map((name) => ({ name, importNames: ['env'], message: NO_ENVIRONMENT })),
    },
  ],
};

export default tseslint.config(
  { ignores: ['dist/', '.plumbline/', 'coverage/', 'libs/contracts/src/generated/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  eslint.configs.recommended,
  {
    plugins: { plumbline: { rules: { 'todo-names-an-issue': todoNamesAnIssue } } },
    languageOptions: { globals: Object.fromEntries(NODE_GLOBALS.map((name) => [name, 'readonly'])) },
    rules: shape,
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: typed,
  },
  { files: ['apps/**', 'libs/**', 'connectors/**'], rules: { 'no-console': 'error', ...noEnvironment } },
  {
    files: ['libs/config/**', 'libs/hub-runner/**'],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-imports': 'off' },
  },
  { files: ['apps/cli/**'], rules: { 'no-console': 'off' } },
  {
    files: ['apps/admin-web/**'],
    rules: { 'no-restricted-syntax': ['error', ...exportsByName, ...textOnly] },
  },
  {
    files: SPECS,
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': 'off',
      '@typescript-eslint/unbound-method': 'off', // expect(store.append) names a method, it does not call it
    },
  },
  {
    files: [
      '*.js',
      '*.cjs',
      'tools/eslint/*.mjs',
      'tools/conformance/progress-reporter.mjs',
      'test/harness/global-*.mjs',
    ],
    rules: { 'no-restricted-syntax': 'off' }, // their loaders want a default export
    languageOptions: { globals: { module: 'writable' } },
  },
);
