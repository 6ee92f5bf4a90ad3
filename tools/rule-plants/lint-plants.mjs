// For each ESLint rule that guards the structure a file that breaks it, and files that break none.

const value = 'export const value = 1;\n';
const environment = 'export const home = process.env.HOME;\n';
const wide = (lines) =>
  Array.from({ length: lines }, (_, index) => `export const value${index} = ${index};\n`).join('');
const longFunction = `export function long(): void {\n${'  Math.random();\n'.repeat(50)}}\n`;
const branchy = `export function pick(n: number): number {\n${Array.from({ length: 10 }, (_, i) => `  if (n === ${i}) return ${i + 1};\n`).join('')}  return 0;\n}\n`;

const markup = (attribute) =>
  `import type { ReactElement } from 'react';
export function Text({ text }: { readonly text: string }): ReactElement {
  return <a ${attribute} />;
}
`;

/** `rule` is what must fire in `file`, null where nothing may. */
export const lintPlants = [
  ['no-restricted-properties', 'libs/outbox/src/lint-a.ts', environment],
  ['no-restricted-properties', 'apps/golden/lint-a.ts', 'const { env } = process;\nexport const home = env;\n'],
  ['no-restricted-properties', 'apps/cli/lint-a.ts', environment],
  [
    'no-restricted-imports',
    'connectors/sql/lint-a.ts',
    "import { env } from 'node:process';\nexport const home = env;\n",
  ],
  [null, 'libs/config/src/lint-a.ts', environment],
  [null, 'demo/lint-a.ts', environment],
  ['no-restricted-syntax', 'libs/outbox/src/lint-b.ts', 'export default 1;\n'],
  ['no-restricted-syntax', 'libs/outbox/src/lint-c.ts', "export * from './private.js';\n"],
  ['no-restricted-syntax', 'libs/outbox/src/lint-d.ts', "export * as inner from './private.js';\n"],
  [null, 'libs/outbox/src/lint-e.ts', "export { planted } from './private.js';\n"],
  ['no-restricted-syntax', 'apps/admin-web/src/lint-a.tsx', markup('dangerouslySetInnerHTML={{ __html: text }}')],
  ['no-restricted-syntax', 'apps/admin-web/src/lint-b.tsx', markup('href={text}')],
  [null, 'apps/admin-web/src/lint-c.tsx', markup('title={text}')],
  ['no-console', 'libs/outbox/src/lint-f.ts', "console.log('x');\n"],
  [null, 'apps/cli/lint-b.ts', "console.log('x');\n"],
  ['max-lines', 'libs/outbox/src/lint-g.ts', wide(251)],
  [null, 'libs/outbox/src/lint-h.ts', wide(250)],
  ['max-lines', 'libs/outbox/src/lint-i.spec.ts', wide(401)],
  [null, 'libs/outbox/src/lint-j.spec.ts', wide(400)],
  ['max-lines-per-function', 'libs/outbox/src/lint-k.ts', longFunction],
  [null, 'libs/outbox/src/lint-l.spec.ts', longFunction],
  ['complexity', 'libs/outbox/src/lint-m.ts', branchy],
  [
    'max-params',
    'libs/outbox/src/lint-n.ts',
    'export const add = (a: 1, b: 1, c: 1, d: 1, e: 1): 1[] => [a, b, c, d, e];\n',
  ],
  ['@typescript-eslint/no-explicit-any', 'libs/outbox/src/lint-o.ts', 'export type Anything = any;\n'],
  [
    '@typescript-eslint/explicit-module-boundary-types',
    'libs/outbox/src/lint-p.ts',
    'export function one() {\n  return 1;\n}\n',
  ],
  ['@typescript-eslint/no-floating-promises', 'libs/outbox/src/lint-q.ts', 'Promise.resolve(1);\n'],
  [
    '@typescript-eslint/switch-exhaustiveness-check',
    'libs/outbox/src/lint-r.ts',
    "export function name(of: 'a' | 'b'): void {\n  switch (of) {\n    case 'a':\n      return;\n  }\n}\n",
  ],
  [
    '@typescript-eslint/naming-convention',
    'libs/outbox/src/lint-s.ts',
    'export interface IStore {\n  readonly name: string;\n}\n',
  ],
  ['@typescript-eslint/naming-convention', 'libs/outbox/src/lint-t.ts', 'export class StoreImpl {\n  name = 1;\n}\n'],
  ['plumbline/todo-names-an-issue', 'libs/outbox/src/lint-u.ts', `// TODO later\n${value}`],
  [null, 'libs/outbox/src/lint-v.ts', `// TODO(#12): later\n${value}`],
].map(([rule, file, code]) => ({ rule, file, code }));
