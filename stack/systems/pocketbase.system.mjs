// PocketBase: a back end in one binary (SQLite, REST with filter, sort and pages). Built from the Go module proxy.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { LOOPBACK } from '../ports.mjs';
import { isHttpReady } from '../probe.mjs';
import { fillFolder, runTool } from '../tools.mjs';

const VERSION = '0.36.8';
const MODULE = 'github.com/pocketbase/pocketbase/examples/base';
const SUPERUSER = 'plumbline@example.com';

const programFolder = ({ paths }) => join(paths.cache, `pocketbase-${VERSION}`);
const program = (context) => join(programFolder(context), 'base');
const dataFolder = ({ paths }) => join(paths.data, 'pocketbase');
const flags = (context) => [
  ...['--dir', join(dataFolder(context), 'pb_data'), '--migrationsDir', join(dataFolder(context), 'migrations')],
  ...['--hooksDir', join(dataFolder(context), 'hooks'), '--hooksWatch=false', '--automigrate=false'],
];

export const system = {
  name: 'pocketbase',
  variable: 'POCKETBASE_URL',
  title: `PocketBase ${VERSION}`,
  ports: ['pocketbase'],
  cost: { memoryMiB: 60, diskMiB: 50, downloadMiB: 120, firstSeconds: 300 },
  stopSignal: 'SIGTERM',

  isInstalled: (context) => existsSync(program(context)),

  install: (context) =>
    fillFolder(programFolder(context), (folder) =>
      runTool(context, {
        server: 'pocketbase',
        log: 'pocketbase-install',
        next: 'see whether Go 1.25 or newer is installed and reaches its module proxy; or give POCKETBASE_URL',
        command: 'go',
        args: ['install', '-trimpath', `${MODULE}@v${VERSION}`],
        env: { ...context.env, GOBIN: folder, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' },
      }),
    ),

  /** The superuser, whose password is the stack's, and a route that lets tests act as the system's own database. */
  async prepare(context) {
    for (const name of ['migrations', 'hooks']) mkdirSync(join(dataFolder(context), name), { recursive: true });
    writeFileSync(join(dataFolder(context), 'hooks', 'sql.pb.js'), SQL_ROUTE);
    await runTool(context, {
      server: 'pocketbase',
      log: 'pocketbase-init',
      next: 'npm run stack -- reset, then up',
      command: program(context),
      args: ['superuser', 'upsert', SUPERUSER, context.state.password, ...flags(context)],
    });
  },

  command: (context) => ({
    command: program(context),
    args: ['serve', '--http', `${LOOPBACK}:${context.state.ports.pocketbase}`, ...flags(context)],
    cwd: dataFolder(context),
    settings: SQL_ROUTE,
  }),

  isReady: ({ state }) => isHttpReady(`http://${LOOPBACK}:${state.ports.pocketbase}/api/health`),
  address: ({ state }) =>
    `http://${encodeURIComponent(SUPERUSER)}:${state.password}@${LOOPBACK}:${state.ports.pocketbase}`,
};

/** What the API can't do and a database can: rows of one and the same time, and rows that appear late with an old one. */
const SQL_ROUTE = `routerAdd("POST", "/plumbline-test/sql", (e) => {
  const { statement, values } = e.requestInfo().body;
  $app.nonconcurrentDB().newQuery(statement).bind(values ?? {}).execute();
  return e.noContent(204);
}, $apis.requireSuperuserAuth());
`;
