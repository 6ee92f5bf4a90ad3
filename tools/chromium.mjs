// Brings Debian's Chromium for the tests of the pages: installed where we may, else told how.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];
const INSTALL = 'apt-get update && apt-get install -y --no-install-recommends chromium fonts-noto-core';

/** Installs Chromium when it is not there and we may. @returns whether it is there; what to do is printed to stderr */
export function ensureChromium() {
  if (isThere()) return true;
  if (process.getuid?.() === 0) {
    console.error('Installing Chromium (once, some minutes) …');
    spawnSync('sh', ['-c', INSTALL], {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  if (!isThere()) console.error(`The tests of the pages need Chromium. As root: ${INSTALL}`);
  return isThere();
}

function isThere() {
  return PROGRAMS.some((program) => existsSync(program));
}
