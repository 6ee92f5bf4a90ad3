// Where Tryton's programs and files lie, and the configuration that it reads from its environment.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { LOOPBACK } from '../../ports.mjs';

export const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
/** A changed set of packages gets a folder of its own. */
const VERSION_OF_SET = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 8);

export const programFolder = ({ paths }) => join(paths.cache, `tryton-8.2-${VERSION_OF_SET}`);
export const dataFolder = ({ paths }) => join(paths.data, 'tryton');

/** The PostgreSQL that holds Tryton's databases: the given one, or the stack's. */
export function databaseUrl({ given, state }) {
  return given.DATABASE_URL ?? `postgres://plumbline:${state.password}@${LOOPBACK}:${state.ports.postgres}/plumbline`;
}

/** Variables for Tryton's programs: so no file of ours holds the database's password. */
export function environment(context) {
  const url = new URL(databaseUrl(context));
  return {
    PYTHONPATH: programFolder(context),
    TRYTOND_DATABASE__URI: `postgresql://${url.username}:${url.password}@${url.host}/`,
    TRYTOND_DATABASE__PATH: join(dataFolder(context), 'files'),
    TRYTOND_WEB__LISTEN: `${LOOPBACK}:${context.state.ports.tryton}`,
    // Tests send wrong passwords on purpose; beyond so many the server answers 429 for five minutes.
    TRYTOND_SESSION__MAX_ATTEMPT: '50',
    PYTHONDONTWRITEBYTECODE: '1',
  };
}
