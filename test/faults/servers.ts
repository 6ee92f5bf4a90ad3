import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ServerAddresses } from '#hub-runner';

/** Folder of the project, found from the source and from the compiled program alike. */
export const ROOT = findRoot(import.meta.dirname);

/** Where a run keeps its servers' data, logs and reports; two runs at a time need one each (PLUMBLINE_FAULTS_DIR). */
export const FAULTS_FOLDER = process.env['PLUMBLINE_FAULTS_DIR'] ?? join(ROOT, '.plumbline/faults');

/**
 * Starts the servers that are not given by the environment, and tells where they are.
 * @param systems test systems to start as well; their addresses go into the environment
 */
export async function startServers(systems: readonly string[] = []): Promise<ServerAddresses> {
  const launcher = join(ROOT, 'stack/stack.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[launcher, 'up', '--yes', '--json'],
    ...(systems.length === 0 ? [] : ['--systems', systems.join(',')]),
  ]);
  const addresses = JSON.parse(stdout) as ServerAddresses;
  Object.assign(process.env, addresses);
  return addresses;
}

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder));
}
