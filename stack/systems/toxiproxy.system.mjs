// toxiproxy: a TCP proxy that makes faults when told to by its HTTP API. MIT; a process of its own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { StackError } from '../errors.mjs';
import { LOOPBACK } from '../ports.mjs';
import { isHttpReady } from '../probe.mjs';
import { fillFolder, findProgram, runTool } from '../tools.mjs';

const VERSION = '2.12.0';
const MODULE = 'github.com/Shopify/toxiproxy/v2/cmd/server';

const programFolder = ({ paths }) => join(paths.cache, `toxiproxy-${VERSION}`);
const address = ({ state }) => `http://${LOOPBACK}:${state.ports.toxiproxy}`;

export const system = {
  name: 'toxiproxy',
  variable: 'TOXIPROXY_URL',
  title: `toxiproxy ${VERSION}`,
  ports: ['toxiproxy'],
  cost: { memoryMiB: 15, diskMiB: 16, downloadMiB: 10, firstSeconds: 30 },
  stopSignal: 'SIGTERM',

  isInstalled: (context) => existsSync(join(programFolder(context), 'server')),

  install: (context) =>
    fillFolder(programFolder(context), (folder) =>
      runTool(context, {
        server: 'toxiproxy',
        log: 'toxiproxy-install',
        next: 'see whether `go` can reach its module proxy; or give TOXIPROXY_URL',
        command: findGo(context),
        args: ['install', `${MODULE}@v${VERSION}`],
        env: { ...process.env, GOBIN: folder, GOFLAGS: '-trimpath' },
      }),
    ),

  prepare: () => {},

  command: (context) => ({
    command: join(programFolder(context), 'server'),
    args: ['-host', LOOPBACK, '-port', String(context.state.ports.toxiproxy)],
    cwd: programFolder(context),
    env: { LOG_LEVEL: 'warn' },
  }),

  isReady: (context) => isHttpReady(`${address(context)}/version`),
  address,
};

function findGo({ env }) {
  const go = findProgram('go', env);
  if (go) return go;
  throw new StackError('needs Go, which this machine lacks.', {
    server: 'toxiproxy',
    next: '`apt-get install golang-go`; or give TOXIPROXY_URL',
  });
}
