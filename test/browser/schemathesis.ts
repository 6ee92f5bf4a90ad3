import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const VERSION = '4.32.5';
const FOLDER = join(import.meta.dirname, '../../.plumbline/python', `schemathesis-${VERSION}`);

/**
 * Brings schemathesis, which calls an API as its OpenAPI document says and tells what it answers otherwise: installs this version beside
 * the code when it is not there. @returns the path of its program. @throws Error saying what to do
 */
export function ensureSchemathesis(): string {
  const program = join(FOLDER, 'bin/schemathesis');
  if (existsSync(program)) return program;
  console.error(`Installing schemathesis ${VERSION} (once, about a minute) …`);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `schemathesis==${VERSION}`];
  const isDone = run('python3', ['-m', 'venv', FOLDER]) && run(join(FOLDER, 'bin/python'), install);
  if (isDone && existsSync(program)) return program;
  rmSync(FOLDER, { recursive: true, force: true }); // half an environment would pass for a whole one
  throw new Error('schemathesis needs Python 3.10 or newer: `apt-get install -y python3 python3-venv python3-pip`.');
}

function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: ['ignore', 2, 2] }).status === 0;
}
