// Real test systems (an ERP, a shop, a CRM …): every `NAME.system.mjs` in this folder exports one as `system`.
//
// A system is an object like a server (../servers/index.mjs): name, variable, title, ports, cost, isInstalled, install,
// prepare, command, isReady, address, stopSignal. It is started only when it is asked for (`up --systems NAME,…`), after
// the servers, so that `prepare` may make its database on the stack's PostgreSQL. Its address carries its credentials.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { UsageError } from '../errors.mjs';
import { findProcess } from '../process.mjs';

const ENDING = '.system.mjs';
const NAMES = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length))
  .sort();

/** The systems with these names, in this order; `all` names every one but the peers of benchmarks (`isPeer`). @throws UsageError for one that there is not */
export async function findSystems(wanted) {
  const names = wanted.includes('all') ? NAMES : wanted;
  const unknown = names.find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`There is no system "${unknown}", only ${NAMES.join(', ') || 'none yet'}.`);
  const modules = await Promise.all(names.map((name) => import(join(import.meta.dirname, `${name}${ENDING}`))));
  const systems = modules.map(({ system }) => system);
  return wanted.includes('all') ? systems.filter(({ isPeer }) => !isPeer) : systems;
}

/** The systems that run now. */
export function runningSystems({ paths }) {
  return findSystems(NAMES.filter((name) => findProcess(paths, name)));
}

/** Names of all systems. */
export function systemNames() {
  return NAMES;
}
