import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../.plumbline/python');

/** A program of Python, by its package; installed beside the code when it is not there. */
interface PythonTool {
  readonly name: string;
  readonly version: string;
}

/**
 * Brings schemathesis, which calls an API as its OpenAPI document says and tells what it answers otherwise.
 * @returns the path of its program. @throws Error saying what to do
 */
export function ensureSchemathesis(): string {
  return ensureTool({ name: 'schemathesis', version: '4.32.5' });
}

/** Brings the validator of OpenAPI documents. @returns the path of its program. @throws Error saying what to do */
export function ensureOpenApiValidator(): string {
  return ensureTool({ name: 'openapi-spec-validator', version: '0.7.2' });
}

function ensureTool({ name, version }: PythonTool): string {
  const folder = join(FOLDER, `${name}-${version}`);
  const program = join(folder, 'bin', name);
  if (existsSync(program)) return program;
  console.error(`Installing ${name} ${version} (once, about a minute) …`);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${name}==${version}`];
  const isDone = run('python3', ['-m', 'venv', folder]) && run(join(folder, 'bin/python'), install);
  if (isDone && existsSync(program)) return program;
  rmSync(folder, { recursive: true, force: true }); // half an environment would pass for a whole one
  throw new Error(`${name} needs Python 3.10 or newer: \`apt-get install -y python3 python3-venv python3-pip\`.`);
}

function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: ['ignore', 2, 2] }).status === 0;
}
