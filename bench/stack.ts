import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ServerAddresses } from '#hub-runner';

/** Folder of the project: compiled programs lie in `dist/<folder>/`. */
export const ROOT = join(import.meta.dirname, '../..');

/**
 * Starts the servers that are not given by the environment, and tells where they are.
 * @param systems test systems to start as well
 */
export async function startServers(systems: readonly string[] = []): Promise<ServerAddresses> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(ROOT, 'stack/stack.mjs'),
    'up',
    '--yes',
    '--json',
    ...(systems.length === 0 ? [] : ['--systems', systems.join(',')]),
  ]);
  return JSON.parse(stdout) as ServerAddresses;
}

/** Folder in which the servers keep what is theirs. */
export const STACK_FOLDER = process.env['PLUMBLINE_STACK_DIR'] ?? join(ROOT, '.plumbline/stack');

/** Process of a server that the launcher started in this folder. */
export function serverPid(name: string, folder = STACK_FOLDER): number {
  return (JSON.parse(readFileSync(join(folder, `run/${name}.pid`), 'utf8')) as { pid: number }).pid;
}
