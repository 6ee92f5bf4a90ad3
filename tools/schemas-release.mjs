// `npm run schemas:release`: today's schemas become the last release, with which `schemas:check` compares. Run it with
// each release of Plumbline. Refuses, and changes nothing, while the check fails.
import { cpSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { compareReleases, report } from './schemas/compare-releases.mjs';
import { loadCompareSchemas } from './schemas/load-judge.mjs';
import { readSchemas, readSharedFiles, RELEASED_FOLDER } from './schemas/read-schemas.mjs';

const { values } = parseArgs({ options: { schemas: { type: 'string' } } });
const schemas = values.schemas ?? join(import.meta.dirname, '..', 'schemas');
const target = join(schemas, RELEASED_FOLDER);

const judge = { sharedFiles: readSharedFiles(schemas), compareSchemas: await loadCompareSchemas() };
const findings = compareReleases(readSchemas(target), readSchemas(schemas), judge);
const breaking = findings.filter(({ breaks }) => breaks.length > 0);
if (breaking.length > 0) {
  for (const block of report(breaking)) console.error(block);
  console.error('Nothing was released.');
  process.exit(1);
}
copyAll();
for (const block of report(findings)) console.log(block);
console.log(`Released ${readSchemas(target).length} schemas; commit schemas/released with the release.`);

/** Written beside and moved into place, so that a copy that breaks off leaves the old release. */
function copyAll() {
  const beside = `${target}.new`;
  rmSync(beside, { recursive: true, force: true });
  for (const entry of readdirSync(schemas)) {
    if (entry.startsWith(RELEASED_FOLDER)) continue;
    cpSync(join(schemas, entry), join(beside, entry), { recursive: true });
  }
  if (existsSync(target)) rmSync(target, { recursive: true });
  renameSync(beside, target);
}
