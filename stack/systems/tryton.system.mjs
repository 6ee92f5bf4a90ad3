// Tryton 8.2: an ERP and a WMS, as two databases of one server, and a third one for tests. GPL-3; a process of its own.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { LOOPBACK } from '../ports.mjs';
import { fillFolder, isExecutable, runTool } from '../tools.mjs';
import { dataFolder, databaseUrl, environment, programFolder, REQUIREMENTS } from './tryton/environment.mjs';
import { pythonFor } from './tryton/python.mjs';

const FILES = join(import.meta.dirname, 'tryton');
const DATABASES = ['tryton_erp', 'tryton_wms', 'tryton_test'];
// Loopback only, and nothing but test data behind it.
const USER = 'admin';
const PASSWORD = 'plumbline-loopback';
const TIMEOUT_MS = 2_000;

export const system = {
  name: 'tryton',
  variable: 'TRYTON_URL',
  title: 'Tryton 8.2',
  ports: ['tryton'],
  cost: { memoryMiB: 170, diskMiB: 150, downloadMiB: 30, firstSeconds: 60 },
  stopSignal: 'SIGINT',

  isInstalled: (context) => isExecutable(join(programFolder(context), 'bin', 'trytond')),

  install: (context) =>
    fillFolder(programFolder(context), (folder) =>
      runTool(context, {
        server: 'tryton',
        log: 'tryton-install',
        next: 'see whether `pip` can reach its index; Tryton 8.2 needs Python 3.11 or newer',
        command: pythonFor(context),
        args: [
          ...['-m', 'pip', 'install', '--no-deps', '--no-input', '--disable-pip-version-check'],
          ...['--target', folder, '--requirement', REQUIREMENTS],
        ],
      }),
    ),

  async prepare(context) {
    mkdirSync(dataFolder(context), { recursive: true });
    const passwordFile = join(dataFolder(context), 'password');
    writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
    const server = new URL(databaseUrl(context));
    await runTool(context, {
      server: 'tryton',
      log: 'tryton-prepare',
      next: 'read the log; the role of DATABASE_URL must be allowed to create databases',
      command: pythonFor(context),
      args: [join(FILES, 'prepare.py'), decodeURIComponent(server.pathname.slice(1)) || 'postgres', ...DATABASES],
      env: { ...process.env, ...environment(context), TRYTONPASSFILE: passwordFile },
    });
  },

  command: (context) => ({
    command: pythonFor(context),
    args: [join(FILES, 'serve.py'), ...DATABASES],
    cwd: dataFolder(context),
    env: environment(context),
  }),

  /** Any answer to the version call: the server listens only when its databases are loaded. */
  async isReady({ state }) {
    try {
      const response = await fetch(`http://${LOOPBACK}:${state.ports.tryton}/rpc/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id: 1, method: 'common.server.version', params: [] }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return response.status === 200 && typeof (await response.json()).result === 'string';
    } catch {
      return false;
    }
  },

  address: ({ state }) => `http://${USER}:${PASSWORD}@${LOOPBACK}:${state.ports.tryton}/`,
};
