// MariaDB: the server on PATH, else Debian's packages unpacked into the cache, so that no service is installed or started.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

import { StackError } from '../errors.mjs';
import { LOOPBACK } from '../ports.mjs';
import { fillFolder, findProgram, isExecutable, runTool } from '../tools.mjs';

const PACKAGES = ['mariadb-server-core', 'mariadb-client-core', 'mariadb-common', 'libaio1', 'liburing2', 'libnuma1'];
const USER = 'plumbline';
const PROBE_MS = 2_000;

const unpacked = ({ paths }) => join(paths.cache, 'mariadb-debian');
const homeFolder = ({ paths }) => join(paths.data, 'mariadb');
const dataFolder = (context) => join(homeFolder(context), 'data');
const accountsFile = (context) => join(homeFolder(context), 'accounts.sql');

export const system = {
  name: 'mariadb',
  variable: 'MARIADB_URL',
  title: 'MariaDB',
  ports: ['mariadb'],
  cost: { memoryMiB: 90, diskMiB: 200, downloadMiB: 9, firstSeconds: 6 },
  stopSignal: 'SIGTERM',

  isInstalled: (context) => findServer(context) !== null,

  install: (context) =>
    fillFolder(unpacked(context), async (folder) => {
      const next = 'see whether `apt-get update` works; or install mariadb-server-core, or give MARIADB_URL';
      const run = (command, args) =>
        runTool(context, { server: 'mariadb', log: 'mariadb-install', next, command, args, cwd: folder });
      if (!findProgram('apt-get', context.env))
        throw new StackError('MariaDB is missing.', { server: 'mariadb', next });
      // The lists are there after the launcher installed anything; on a new machine they are not.
      await run('apt-get', ['download', ...PACKAGES]).catch(async () => {
        await run('apt-get', ['update']);
        await run('apt-get', ['download', ...PACKAGES]);
      });
      for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
        await run('dpkg', ['-x', file, folder]);
        rmSync(join(folder, file));
      }
    }),

  async prepare(context) {
    mkdirSync(homeFolder(context), { recursive: true });
    if (!existsSync(dataFolder(context))) await createData(context);
    writeFileSync(accountsFile(context), accountsSql(context.state.password), { mode: 0o600 });
  },

  command(context) {
    const { program, base, env } = findServer(context);
    return {
      command: program,
      args: [
        ...['--no-defaults', `--basedir=${base}`, `--datadir=${dataFolder(context)}`, ...asRoot()],
        ...[`--bind-address=${LOOPBACK}`, `--port=${context.state.ports.mariadb}`, '--skip-name-resolve'],
        // Relative to the data folder: a socket's path may have 107 bytes.
        ...['--socket=mariadb.sock', '--pid-file=mariadb.pid', `--init-file=${accountsFile(context)}`],
        ...['--character-set-server=utf8mb4', '--innodb-buffer-pool-size=64M', '--performance-schema=OFF'],
      ],
      env,
      cwd: homeFolder(context),
    };
  },

  isReady: ({ state }) => greets(state.ports.mariadb),
  address: ({ state }) => `mariadb://${USER}:${state.password}@${LOOPBACK}:${state.ports.mariadb}/plumbline`,
};

/** Makes the system tables in a folder that gets its name only when all is done. */
async function createData(context) {
  const { installer, base, env } = findServer(context);
  const unfinished = join(homeFolder(context), 'unfinished');
  rmSync(unfinished, { recursive: true, force: true });
  await runTool(context, {
    server: 'mariadb',
    log: 'mariadb-init',
    next: 'read the log; or give MARIADB_URL',
    command: installer,
    args: [
      ...['--no-defaults', `--basedir=${base}`, `--datadir=${unfinished}`, ...asRoot()],
      ...['--auth-root-authentication-method=normal', '--skip-name-resolve'],
    ],
    env: { ...context.env, ...env },
  });
  renameSync(unfinished, dataFolder(context));
}

/** Run at every start, so that data of an older state takes the present password. */
function accountsSql(password) {
  return [
    "DELETE FROM mysql.global_priv WHERE User IN ('', 'root')",
    'DELETE FROM mysql.db', // the installation lets everyone use databases named test…
    'FLUSH PRIVILEGES',
    `CREATE OR REPLACE USER ${USER}@'${LOOPBACK}' IDENTIFIED BY '${password}'`,
    `GRANT ALL ON *.* TO ${USER}@'${LOOPBACK}' WITH GRANT OPTION`,
    'CREATE DATABASE IF NOT EXISTS plumbline CHARACTER SET utf8mb4',
    '',
  ].join(';\n');
}

function findServer(context) {
  const root = unpacked(context);
  const program = join(root, 'usr/sbin/mariadbd');
  if (isExecutable(program)) {
    const libraries = readdirSync(join(root, 'usr/lib')).filter((name) => name.endsWith('-linux-gnu'));
    const path = libraries.map((name) => join(root, 'usr/lib', name)).join(':');
    const installer = join(root, 'usr/bin/mariadb-install-db');
    return { program, installer, base: join(root, 'usr'), env: { LD_LIBRARY_PATH: path } };
  }
  const own =
    findProgram('mariadbd', context.env) ?? (isExecutable('/usr/sbin/mariadbd') ? '/usr/sbin/mariadbd' : null);
  const installer = findProgram('mariadb-install-db', context.env);
  return own && installer ? { program: own, installer, base: '/usr', env: {} } : null;
}

/** MariaDB refuses root unless told that it is meant. */
function asRoot() {
  return process.getuid() === 0 ? ['--user=root'] : [];
}

/** The server speaks first: a packet whose fifth byte is the protocol's version. It does so once it takes sessions. */
function greets(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: LOOPBACK, port });
    const finish = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PROBE_MS, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => resolve(false));
    socket.once('data', (chunk) => finish(chunk[4] === 10));
  });
}
