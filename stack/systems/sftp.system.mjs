// An SFTP server: OpenSSH with its own configuration, host key and one authorised key, on loopback. It serves a folder
// below the stack's data to the account that started it, for SFTP alone.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';

import { StackError } from '../errors.mjs';
import { LOOPBACK } from '../ports.mjs';
import { findProgram, isExecutable, runTool } from '../tools.mjs';

const PROGRAM = '/usr/sbin/sshd';
const NEXT = 'install the package openssh-server, or give SFTP_URL';
const PROBE_MS = 2_000;
/** sshd as root wants it for the part of it that runs without rights; Debian's package makes it only at boot. */
const EMPTY_FOLDER = '/run/sshd';

const homeFolder = ({ paths }) => join(paths.data, 'sftp');
const inHome = (context, name) => join(homeFolder(context), name);

export const system = {
  name: 'sftp',
  variable: 'SFTP_URL',
  title: 'OpenSSH SFTP server',
  ports: ['sftp'],
  cost: { memoryMiB: 10, diskMiB: 2, downloadMiB: 1, firstSeconds: 3 },
  stopSignal: 'SIGTERM',

  isInstalled: () => isExecutable(PROGRAM),

  async install(context) {
    const isDebian = findProgram('apt-get', context.env) !== null;
    if (process.getuid() !== 0 || !isDebian) throw new StackError('sshd is missing.', { server: 'sftp', next: NEXT });
    const script = 'apt-get update && apt-get install -y --no-install-recommends openssh-server';
    await runTool(context, {
      server: 'sftp',
      log: 'sftp-install',
      next: NEXT,
      command: 'sh',
      args: ['-c', script],
      // Run level 1 is that of maintenance: the package must not start a daemon of its own.
      env: { ...context.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    });
  },

  async prepare(context) {
    mkdirSync(inHome(context, 'files'), { recursive: true });
    if (process.getuid() === 0) mkdirSync(EMPTY_FOLDER, { recursive: true, mode: 0o755 });
    for (const key of ['host_key', 'client_key'])
      if (!existsSync(inHome(context, key))) await makeKey(context, inHome(context, key));
    writeFileSync(inHome(context, 'authorized_keys'), readFileSync(inHome(context, 'client_key.pub')), { mode: 0o600 });
    writeFileSync(inHome(context, 'sshd_config'), configOf(context), { mode: 0o600 });
    chmodSync(homeFolder(context), 0o700);
  },

  command: (context) => ({ command: PROGRAM, args: ['-D', '-e', '-f', inHome(context, 'sshd_config')] }),

  isReady: ({ state }) => greets(state.ports.sftp),

  /** The folder is the path; the private key's file and the host's public key are parameters. */
  address(context) {
    const url = new URL(`sftp://${userInfo().username}@${LOOPBACK}:${context.state.ports.sftp}`);
    url.pathname = inHome(context, 'files');
    url.searchParams.set('key', inHome(context, 'client_key'));
    url.searchParams.set('host_key', inHome(context, 'host_key.pub'));
    return url.href;
  },
};

function makeKey(context, file) {
  const args = ['-q', '-t', 'ed25519', '-N', '', '-C', 'plumbline-test', '-f', file];
  return runTool(context, { server: 'sftp', log: 'sftp-init', next: NEXT, command: 'ssh-keygen', args });
}

/** StrictModes off: it refuses keys below a folder that others may write, as a shared work folder may be. */
function configOf(context) {
  return [
    `Port ${context.state.ports.sftp}`,
    `ListenAddress ${LOOPBACK}`,
    `HostKey "${inHome(context, 'host_key')}"`,
    `AuthorizedKeysFile "${inHome(context, 'authorized_keys')}"`,
    `PidFile none`,
    `AllowUsers ${userInfo().username}`,
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'StrictModes no',
    'AllowTcpForwarding no',
    'X11Forwarding no',
    'MaxStartups 100',
    'Subsystem sftp internal-sftp',
    'ForceCommand internal-sftp',
    '',
  ].join('\n');
}

/** The server speaks first: its version. */
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
    socket.once('data', (chunk) => finish(chunk.toString('latin1').startsWith('SSH-2.0-')));
  });
}
