// Loaded by `node --import` before a service of the hub: breaks what PLUMBLINE_PLANTED names, separated by commas.
import { basename, dirname } from 'node:path';
import { CONSUMER_MUTANTS } from './consumer-mutants.js';
import { AIDS, HOST_MUTANTS } from './host-mutants.js';
import type { Planted } from './planting.js';
import { RECONCILE_AIDS, RECONCILE_MUTANTS } from './reconcile-mutants.js';
import { RELAY_MUTANTS } from './relay-mutants.js';

const ALL: Readonly<Record<string, Planted>> = {
  ...{ ...RELAY_MUTANTS, ...CONSUMER_MUTANTS, ...HOST_MUTANTS, ...AIDS },
  ...{ ...RECONCILE_MUTANTS, ...RECONCILE_AIDS },
};
const { PLUMBLINE_PLANTED = '', PLUMBLINE_SYSTEM } = process.env;
const service = PLUMBLINE_SYSTEM ? `connector-${PLUMBLINE_SYSTEM}` : basename(dirname(process.argv[1] ?? ''));

for (const name of PLUMBLINE_PLANTED.split(',').filter(Boolean)) {
  const planted = ALL[name];
  if (!planted) throw new Error(`planting: there is no mutant ${name}`);
  if (!planted.services.test(service)) continue;
  await planted.plant();
  console.log(JSON.stringify({ planted: name, service }));
}
