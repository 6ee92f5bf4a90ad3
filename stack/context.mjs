// What every command needs: the folders, the remembered state, the given addresses, the printer.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { givenAddresses } from './given.mjs';
import { createProgress } from './progress.mjs';
import { nativeAddresses } from './servers/index.mjs';
import { readState, stackPaths, writeFileAtomically } from './state.mjs';

const PROJECT_ROOT = join(import.meta.dirname, '..');

/** Reads the environment and the remembered state. Writes nothing. */
export function openContext(env, { json = false } = {}) {
  const paths = stackPaths(env, PROJECT_ROOT);
  return rereadState({ env, paths, progress: createProgress({ json }) });
}

/** Reads the state again: another launcher may have changed it while we waited for the lock. */
export function rereadState(context) {
  context.state = readState(context.paths);
  context.given = givenAddresses(context.env, nativeAddresses(context));
  return context;
}

/** Makes the stack's folders. The folder ignores itself, so that git never offers it, wherever it lies. */
export function makeFolders({ paths }) {
  for (const folder of [paths.data, paths.logs, paths.run, paths.cache]) mkdirSync(folder, { recursive: true });
  writeFileAtomically(join(paths.root, '.gitignore'), '*\n');
}
