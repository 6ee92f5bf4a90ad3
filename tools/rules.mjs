// `npm run rules`: the import rules of .dependency-cruiser.cjs over every folder that is there.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { findViolations } from './import-rules/find-violations.mjs';

const root = join(import.meta.dirname, '..');
const FOLDERS = ['apps', 'libs', 'connectors', 'demo', 'bench', 'test', 'models', 'examples', 'stack', 'tools'];

const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)));
const { modules, violations } = await findViolations(root, folders);
for (const { rule, from, to, comment } of violations) console.log(`${from} → ${to}\n    ${rule}: ${comment}`);
console.log(`${modules} files, ${violations.length} forbidden imports`);
if (violations.length > 0) process.exitCode = 1;
