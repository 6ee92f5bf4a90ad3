// PostgreSQL refuses to run as root. As root we run it in a user namespace in which our files belong to another account:
// no second account needs rights, so it works below a folder of mode 0700. Where namespaces are refused, it runs as that
// other account, which then must be able to reach the folder.
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { StackError } from '../errors.mjs';

const UNCHANGED = { prefix: [], how: 'as the current user' };

/**
 * How to run PostgreSQL's programs on this folder: a command prefix, or another uid and gid.
 * @throws StackError when root has no way, with the folder that is in the way.
 */
export function chooseAccount(home, binaries) {
  if (process.getuid() !== 0) return UNCHANGED;
  const { name, uid, gid } = unprivilegedAccount(readFileSync('/etc/passwd', 'utf8'));
  const prefix = ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--'];
  if (canUse(home, binaries, { prefix })) return { prefix, how: 'in a user namespace' };
  const account = { prefix: [], uid, gid, how: `as ${name}` };
  giveTo(account, home);
  if (canUse(home, binaries, account)) return account;
  throw noWay(home, binaries, { name, uid });
}

/** Makes the folder and all below it belong to the account. Nothing to do unless it is another uid. */
export function giveTo({ uid, gid }, folder) {
  if (uid !== undefined) spawnSync('chown', ['-R', `${uid}:${gid}`, folder]);
}

/** postgres if there, else nobody: initdb insists on an account that /etc/passwd knows. Pure. */
export function unprivilegedAccount(passwd) {
  const accounts = passwd.split('\n').map((line) => line.split(':'));
  const [name, , uid, gid] =
    ['postgres', 'nobody'].map((wanted) => accounts.find(([name]) => name === wanted)).find(Boolean) ?? [];
  if (!name)
    throw new StackError('PostgreSQL needs an account that is not root.', {
      server: 'postgres',
      next: 'adduser --system postgres',
    });
  return { name, uid: Number(uid), gid: Number(gid) };
}

function canUse(home, binaries, { prefix, uid, gid }) {
  const [command, ...args] = [...prefix, 'test', '-w', home, '-a', '-x', join(binaries, 'initdb')];
  return spawnSync(command, args, { uid, gid }).status === 0;
}

function noWay(home, binaries, { name, uid }) {
  const closed = closedFolder(home, uid) ?? closedFolder(binaries, uid);
  const where = closed ? `cannot enter ${closed}` : `cannot write to ${home}`;
  const message = `it does not run as root; user namespaces are refused here, and account "${name}" ${where}.`;
  const ways = [
    'run as another user than root',
    'set PLUMBLINE_STACK_DIR to a folder that others may enter (such as /var/tmp/plumbline)',
    ...(closed ? [`chmod o+x ${closed}`] : []),
    'give DATABASE_URL',
  ];
  return new StackError(message, { server: 'postgres', next: ways.join('; or ') });
}

/** The topmost folder on the way that this account may not enter, or null. */
function closedFolder(path, uid) {
  const above = path === dirname(path) ? null : closedFolder(dirname(path), uid);
  if (above) return above;
  const status = statSync(path);
  const mayEnter = status.uid === uid ? status.mode & 0o100 : status.mode & 0o001;
  return mayEnter ? null : path;
}
