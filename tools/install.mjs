// Brings node_modules in step with package-lock.json, so that every entry script works from a fresh clone.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Installs when something that the lockfile names is missing or another version. Prints to stderr only. */
export function ensureInstalled(root) {
  const locked = readPackages(join(root, 'package-lock.json'));
  if (isInstalled(locked, readPackages(join(root, 'node_modules/.package-lock.json')))) return;
  console.error('Installing npm packages (once, about half a minute) …');
  // `install`, not `ci`: a lockfile made on one platform may lack optional packages of another, which `ci` refuses.
  const args = ['install', '--no-audit', '--no-fund', '--include=dev', '--loglevel=error'];
  const { status, error } = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  console.error(
    `npm install failed${error ? `: ${error.message}` : ''}. Correct what it says above, then run this again.`,
  );
  process.exit(1);
}

/** True when every package of the lockfile that this platform needs is there in the locked version. Pure. */
export function isInstalled(locked, present) {
  return Object.entries(locked).every(([path, wanted]) => {
    if (path === '' || wanted.optional) return true;
    return present[path]?.version === wanted.version;
  });
}

function readPackages(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages ?? {};
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}
