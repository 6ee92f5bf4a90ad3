// Debian and Ubuntu packages: the command that installs what is missing, and doing so on request.
import { readFileSync } from 'node:fs';

import { confirm } from './confirm.mjs';
import { StackError } from './errors.mjs';
import { missingRequirements } from './requirements.mjs';
import { runTool } from './tools.mjs';

const APT_INSTALL = 'apt-get install -y --no-install-recommends';

/** What all of them together cost on Debian 12; see README.md. */
export const PACKAGES_COST = { memoryMiB: 0, diskMiB: 310, downloadMiB: 85, firstSeconds: 40 };

// Debian's package would make and start a cluster of its own; the stack must leave no daemon behind.
const NO_MAIN_CLUSTER =
  "sed -i 's/^#\\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf";

/** Installs what is missing if allowed to (root on Debian or Ubuntu; --yes, CI=true, or a yes); else says what to do. */
export async function ensureSystemPackages(context, { yes }) {
  const missing = missingRequirements(context);
  if (missing.length === 0) return;
  const command = installCommand(missing);
  if (canInstall() && (await isAllowed(context, yes))) await runInstall(context, command);
  const blocking = missingRequirements(context).filter(({ instead }) => !instead);
  if (blocking.length === 0) return;
  const names = blocking.map(({ name }) => name).join(', ');
  throw new StackError(`Missing: ${names}.`, {
    next: `${installCommand(blocking)}; or give the addresses of running servers`,
  });
}

/** The command that installs these requirements. */
export function installCommand(missing) {
  return aptCommand(
    missing.flatMap(({ packages }) => packages),
    { osRelease: readOsRelease(), isRoot: isRoot() },
  );
}

/** The same for given packages and a given system. Pure. */
export function aptCommand(packages, { osRelease, isRoot }) {
  if (!isDebianLike(osRelease)) return `use this system's package manager for: ${packages.join(', ')}`;
  const names = [...new Set(packages)].map((name) => (name === 'java' ? javaPackage(osRelease) : name));
  const early = names.filter((name) => name !== 'postgresql');
  const sudo = isRoot ? '' : 'sudo ';
  const commands = [`${sudo}apt-get update`];
  if (early.length > 0) commands.push(`${sudo}${APT_INSTALL} ${early.join(' ')}`);
  if (names.includes('postgresql')) {
    commands.push(
      `${sudo}${APT_INSTALL} postgresql-common`,
      `${sudo}${NO_MAIN_CLUSTER}`,
      `${sudo}${APT_INSTALL} postgresql`,
    );
  }
  return commands.join(' && ');
}

/** Debian 13 dropped OpenJDK 17. Pure. */
export function javaPackage(osRelease) {
  const isNewDebian = /^ID=debian$/m.test(osRelease) && Number(/^VERSION_ID="(\d+)/m.exec(osRelease)?.[1]) >= 13;
  return isNewDebian ? 'openjdk-21-jre-headless' : 'openjdk-17-jre-headless';
}

function canInstall() {
  return isRoot() && isDebianLike(readOsRelease());
}

function isRoot() {
  return process.getuid?.() === 0;
}

function isDebianLike(osRelease) {
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease);
}

function readOsRelease() {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

async function isAllowed({ env }, yes) {
  if (yes || env.CI === 'true') return true;
  if (!process.stdin.isTTY) return false;
  return confirm('Install it?');
}

function runInstall(context, command) {
  const env = { ...context.env, DEBIAN_FRONTEND: 'noninteractive' };
  const next = `run it by hand: ${command}`;
  return context.progress.step('packages', { begin: 'installing', end: 'installed' }, () =>
    runTool(context, { server: 'packages', log: 'system-packages', next, command: 'sh', args: ['-c', command], env }),
  );
}
