// Vendure: a shop with an Admin API in GraphQL, on the stack's PostgreSQL, with the hub's plugin loaded.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { LOOPBACK } from '../ports.mjs';
import { isHttpReady } from '../probe.mjs';
import { fillFolder, runTool } from '../tools.mjs';
import { nativeAddresses } from '../servers/index.mjs';

const VERSION = '3.7.3';
const PG_VERSION = '8.23.1';
const HELPERS = join(import.meta.dirname, 'vendure');
const PLUGIN = ['plugin', 'table'].map((part) =>
  join(import.meta.dirname, `../../connectors/vendure/plugin/hub-changes.${part}.mjs`),
);
/** What a template database is made by: another text makes another one. */
const SOURCES = [...['server.mjs', 'populate.mjs', 'database.mjs'].map((name) => join(HELPERS, name)), ...PLUGIN];

const programFolder = ({ paths }) => join(paths.cache, `vendure-${VERSION}`);
const address = ({ state }) => `http://${LOOPBACK}:${state.ports.vendure}`;

export const system = {
  name: 'vendure',
  variable: 'VENDURE_URL',
  title: `Vendure ${VERSION}`,
  ports: ['vendure'],
  cost: { memoryMiB: 250, diskMiB: 190, downloadMiB: 40, firstSeconds: 100 },
  stopSignal: 'SIGTERM',

  isInstalled: (context) => existsSync(programFolder(context)),

  install: (context) =>
    fillFolder(programFolder(context), (folder) =>
      runTool(context, {
        server: 'vendure',
        log: 'vendure-install',
        next: 'see whether `npm` can reach its registry; or give VENDURE_URL',
        command: 'npm',
        args: [
          ...['install', '--prefix', folder, '--no-package-lock', '--no-audit', '--no-fund', '--save-exact'],
          ...[`@vendure/core@${VERSION}`, `pg@${PG_VERSION}`],
        ],
        cwd: folder,
      }),
    ),

  /** The database: cloned from a template that is built at the first start. */
  prepare: (context) =>
    runTool(context, {
      server: 'vendure',
      log: 'vendure-init',
      next: 'see the log of its first start; then `npm run stack -- up` again',
      command: process.execPath,
      args: [join(HELPERS, 'database.mjs')],
      env: { ...process.env, ...environment(context) },
    }),

  command: (context) => ({
    command: process.execPath,
    args: [join(HELPERS, 'server.mjs')],
    cwd: programFolder(context),
    env: environment(context),
  }),

  isReady: (context) => isHttpReady(`${address(context)}/health`),

  /** Administrator and password are the stack's own; the fragment, which no client sends, names the database. */
  address(context) {
    const { VENDURE_USER: user, VENDURE_PASSWORD: password, VENDURE_DATABASE: database } = environment(context);
    return `http://${user}:${password}@${LOOPBACK}:${context.state.ports.vendure}/#${database}`;
  },
};

function environment(context) {
  const { state, paths, given } = context;
  const digest = digestOf(VERSION, ...SOURCES.map((file) => readFileSync(file, 'utf8')));
  return {
    NODE_PATH: join(programFolder(context), 'node_modules'),
    VENDURE_PORT: String(state.ports.vendure),
    VENDURE_SERVER: given.DATABASE_URL ?? nativeAddresses(context).DATABASE_URL,
    VENDURE_TEMPLATE: `vendure_${digest}`,
    VENDURE_DATABASE: `vendure_${digest}_${digestOf(paths.root)}`,
    // Vendure never changes a password of the configuration: another one is another administrator
    VENDURE_USER: `hub-${digestOf(state.password)}`,
    VENDURE_PASSWORD: state.password,
    VENDURE_PLUGIN: PLUGIN[0],
  };
}

function digestOf(...texts) {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 8);
}
