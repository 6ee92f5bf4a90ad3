// Where the registry keeps its schemas: in the stack's PostgreSQL, or in a database of its own beside the given one.
import { spawnSync } from 'node:child_process';

import { StackError } from '../errors.mjs';
import { LOOPBACK } from '../ports.mjs';

/** Host, port, database, user and password of the registry's store, and the same as a JDBC address. Pure. */
export function registryDatabase({ given, state }) {
  if (!given.DATABASE_URL) {
    const port = state.ports.postgres;
    const jdbcUrl = `jdbc:postgresql://${LOOPBACK}:${port}/registry`;
    return { host: LOOPBACK, port, database: 'registry', user: 'plumbline', password: state.password, jdbcUrl };
  }
  const url = new URL(given.DATABASE_URL);
  const [user, password, base] = [url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent);
  const port = url.port || '5432';
  const database = `${base || 'postgres'}_registry`;
  const jdbcUrl = `jdbc:postgresql://${url.hostname}:${port}/${encodeURIComponent(database)}${url.search}`;
  return { host: url.hostname, port, base: base || 'postgres', database, user, password, jdbcUrl };
}

/** Makes the registry's database on a given server. On the stack's own server it was made with the cluster. */
export function createRegistryDatabase(context) {
  if (!context.given.DATABASE_URL) return;
  const store = registryDatabase(context);
  const exists = psql(store, `SELECT 1 FROM pg_database WHERE datname = '${store.database.replaceAll("'", "''")}'`);
  if (exists.trim() !== '1') psql(store, `CREATE DATABASE "${store.database.replaceAll('"', '""')}"`);
}

function psql({ host, port, base, user, password, database }, sql) {
  const args = [
    '-X',
    '-w',
    '-h',
    host,
    '-p',
    String(port),
    '-U',
    user,
    '-d',
    base,
    '-v',
    'ON_ERROR_STOP=1',
    '-tAc',
    sql,
  ];
  const run = spawnSync('psql', args, { encoding: 'utf8', env: { ...process.env, PGPASSWORD: password } });
  if (run.status === 0) return run.stdout;
  throw new StackError(
    `its database "${database}" cannot be made on the given server: ${run.stderr?.trim() || run.error?.message}`,
    {
      server: 'registry',
      next: `create "${database}" there, owned by "${user}"; or give REGISTRY_URL; or unset DATABASE_URL`,
      cause: run.error,
    },
  );
}
