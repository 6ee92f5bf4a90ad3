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
  const context = { env, paths, state: readState(paths), progress: createProgress({ json }) };
  return { ...context, given: givenAddresses(env, nativeAddresses(context)) };
}

/** Makes the stack's folders. The folder ignores itself, so that git never offers it, wherever it lies. */
export function makeFolders({ paths }) {
  for (const folder of [paths.data, paths.logs, paths.run, paths.cache]) mkdirSync(folder, { recursive: true });
  writeFileAtomically(join(paths.root, '.gitignore'), '*\n');
}
