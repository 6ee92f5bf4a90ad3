// PostgreSQL: one cluster, TCP on loopback only, with a password.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { LOOPBACK } from '../ports.mjs';
import { isPostgresReady } from '../probe.mjs';
import { runTool } from '../tools.mjs';
import { findPostgresBinaries, installPostgresBinaries } from './postgres-binaries.mjs';
import { clearLeftovers } from './postgres-leftovers.mjs';
import { chooseAccount, giveTo } from './postgres-account.mjs';

const SUPERUSER = 'plumbline';
const DATABASES = ['plumbline', 'registry'];

const homeFolder = ({ paths }) => join(paths.data, 'postgres');
const clusterFolder = ({ paths }) => join(paths.data, 'postgres', 'cluster');

const SETTINGS = {
  listen_addresses: LOOPBACK,
  unix_socket_directories: '', // a socket's path may have 107 bytes; a project's folder may have more
  max_connections: 200,
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  wal_level: 'logical',
  jit: 'off', // compiling the plan of a status query costs more than running it
  fsync: 'on',
  synchronous_commit: 'on',
};

export const postgres = {
  name: 'postgres',
  variable: 'DATABASE_URL',
  title: 'PostgreSQL',
  ports: ['postgres'],
  cost: { memoryMiB: 150, diskMiB: 110, downloadMiB: 25, firstSeconds: 5 },
  stopSignal: 'SIGINT', // fast shutdown: sessions are ended, a checkpoint is written

  isInstalled: (context) => findPostgresBinaries(context) !== null,
  install: installPostgresBinaries,

  async prepare(context) {
    mkdirSync(homeFolder(context), { recursive: true });
    const account = chooseAccount(homeFolder(context), findPostgresBinaries(context));
    if (!existsSync(clusterFolder(context))) await createCluster(context, account);
    giveTo(account, homeFolder(context));
    await clearLeftovers(clusterFolder(context));
  },

  command(context) {
    const binaries = findPostgresBinaries(context);
    const { prefix, uid, gid } = chooseAccount(homeFolder(context), binaries);
    const settings = Object.entries({ port: context.state.ports.postgres, ...SETTINGS });
    const [command, ...args] = [
      ...[...prefix, join(binaries, 'postgres'), '-D', clusterFolder(context)],
      ...settings.flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ];
    return { command, args, uid, gid };
  },

  isReady: ({ state }) =>
    isPostgresReady({ host: LOOPBACK, port: state.ports.postgres }, { user: SUPERUSER, database: 'plumbline' }),
  address: ({ state }) => `postgres://${SUPERUSER}:${state.password}@${LOOPBACK}:${state.ports.postgres}/plumbline`,
};

/** Makes the cluster and its databases in a folder that gets its name only when all is done. */
async function createCluster(context, account) {
  const unfinished = join(homeFolder(context), 'unfinished');
  const passwordFile = join(homeFolder(context), 'initial-password');
  rmSync(unfinished, { recursive: true, force: true });
  writeFileSync(passwordFile, context.state.password, { mode: 0o600 });
  giveTo(account, homeFolder(context));
  const run = (program, args, input) => runPostgresTool(context, account, { program, args, input });
  await run('initdb', [
    ...['-D', unfinished, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
    ...['--encoding=UTF8', '--locale=C.UTF-8', '--data-checksums'],
  ]);
  rmSync(passwordFile);
  // Single-user mode needs neither a client nor a running server; each line is one statement.
  const statements = DATABASES.map((name) => `CREATE DATABASE ${name};\n`).join('');
  await run('postgres', ['--single', '-D', unfinished, 'postgres'], statements);
  renameSync(unfinished, clusterFolder(context));
}

function runPostgresTool(context, { prefix, uid, gid }, { program, args, input }) {
  const [command, ...rest] = [...prefix, join(findPostgresBinaries(context), program), ...args];
  const next = 'npm run stack -- doctor; or give DATABASE_URL';
  return runTool(context, { server: 'postgres', log: 'postgres-init', next, command, args: rest, input, uid, gid });
}
