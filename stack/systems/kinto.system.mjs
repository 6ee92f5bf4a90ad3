// Kinto: Mozilla's JSON storage behind a REST API (records, ETags, tombstones), on the stack's PostgreSQL.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { LOOPBACK } from '../ports.mjs';
import { isHttpReady } from '../probe.mjs';
import { fillFolder, isExecutable, runTool } from '../tools.mjs';
import { pythonFor } from './tryton/python.mjs';

const FILES = join(import.meta.dirname, 'kinto');
const REQUIREMENTS = join(FILES, 'requirements.txt');
const CONFIG = join(FILES, 'kinto.ini');
const DATABASE = 'kinto';
const VERSION = '26.5.0';
/** A changed set of packages gets a folder of its own. */
const VERSION_OF_SET = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 8);

const programFolder = ({ paths }) => join(paths.cache, `kinto-${VERSION}-${VERSION_OF_SET}`);
const program = (context) => join(programFolder(context), 'bin', 'kinto');

export const system = {
  name: 'kinto',
  variable: 'KINTO_URL',
  title: `Kinto ${VERSION}`,
  ports: ['kinto'],
  cost: { memoryMiB: 90, diskMiB: 80, downloadMiB: 20, firstSeconds: 60 },
  stopSignal: 'SIGTERM',

  isInstalled: (context) => isExecutable(program(context)),

  install: (context) =>
    fillFolder(programFolder(context), (folder) =>
      runTool(context, {
        server: 'kinto',
        log: 'kinto-install',
        next: 'see whether `pip` can reach its index; Kinto needs Python 3.11 or newer; or give KINTO_URL',
        command: pythonFor(context),
        args: [
          ...['-m', 'pip', 'install', '--no-deps', '--no-input', '--disable-pip-version-check'],
          ...['--target', folder, '--requirement', REQUIREMENTS],
        ],
      }),
    ),

  prepare: (context) =>
    runTool(context, {
      server: 'kinto',
      log: 'kinto-prepare',
      next: 'read the log; the role of DATABASE_URL must be allowed to create databases',
      command: pythonFor(context),
      args: [join(FILES, 'prepare.py'), CONFIG, DATABASE],
      env: { ...context.env, ...environment(context), MAINTENANCE_URL: maintenanceUrl(context) },
    }),

  command: (context) => ({
    command: pythonFor(context),
    args: [program(context), 'start', '--ini', CONFIG, '--port', String(context.state.ports.kinto)],
    env: environment(context),
    settings: readFileSync(CONFIG, 'utf8'),
  }),

  isReady: ({ state }) => isHttpReady(`http://${LOOPBACK}:${state.ports.kinto}/v1/__heartbeat__`),
  address: ({ state }) => `http://${LOOPBACK}:${state.ports.kinto}/v1`,
};

function maintenanceUrl({ given, state }) {
  return given.DATABASE_URL ?? `postgres://plumbline:${state.password}@${LOOPBACK}:${state.ports.postgres}/plumbline`;
}

/** Kinto's own names of settings, so no file of ours holds a password. */
function environment(context) {
  const url = new URL(maintenanceUrl(context));
  const address = `postgresql://${url.username}:${url.password}@${url.host}/${DATABASE}`;
  return {
    PYTHONPATH: programFolder(context),
    PYTHONDONTWRITEBYTECODE: '1',
    KINTO_STORAGE_URL: address,
    KINTO_PERMISSION_URL: address,
    KINTO_USERID_HMAC_SECRET: `secret ${context.state.password}`,
  };
}
