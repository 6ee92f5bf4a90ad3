// `npm run schemas:check`: every schema against the last release in schemas/released, by FULL compatibility: what is in
// the topics stays readable, and what will be written can be read by services that are not updated yet. `-- --json`
// prints `{ compared, breaking, told }`. Changes nothing; fails when something breaks.
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { compareReleases, report } from './schemas/compare-releases.mjs';
import { loadCompareSchemas } from './schemas/load-judge.mjs';
import { readSchemas, readSharedFiles, RELEASED_FOLDER } from './schemas/read-schemas.mjs';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, schemas: { type: 'string' } } });
const schemas = values.schemas ?? join(import.meta.dirname, '..', 'schemas');

const released = readSchemas(join(schemas, RELEASED_FOLDER));
if (released.length === 0) {
  console.error('schemas/released is empty: there is nothing to compare with. `npm run schemas:release` fills it.');
  process.exit(1);
}
const judge = { sharedFiles: readSharedFiles(schemas), compareSchemas: await loadCompareSchemas() };
const findings = compareReleases(released, readSchemas(schemas), judge);
const breaking = findings.filter(({ breaks }) => breaks.length > 0);
const told = findings.filter(({ breaks }) => breaks.length === 0);

if (values.json) console.log(JSON.stringify({ compared: released.length, breaking, told }, null, 2));
else printReport();
if (breaking.length > 0) process.exitCode = 1;

function printReport() {
  for (const block of report(findings)) console.log(block);
  const verdict = breaking.length === 0 ? 'compatible' : `${breaking.length} breaking`;
  console.log(`${released.length} released schemas compared: ${verdict}, ${told.length} other changes.`);
}
