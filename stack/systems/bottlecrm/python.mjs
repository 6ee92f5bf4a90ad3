// BottleCRM needs Python 3.12 exactly: its wheels are pinned for it, and for an older one pip takes a release of 2020.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

import { StackError } from '../../errors.mjs';
import { isExecutable } from '../../tools.mjs';

const NAME = 'python3.12';

/** The path of a Python 3.12 with pip. @throws StackError saying how to install one */
export function findPython({ env }) {
  const python = candidates(env).find((file) => isExecutable(file) && hasPip(file));
  if (python) return python;
  throw new StackError('needs Python 3.12 with pip, which this machine lacks.', {
    server: 'bottlecrm',
    next:
      'install it (`apt-get install python3.12 python3-pip` where the distribution has it, else `pyenv install 3.12` or ' +
      '`uv python install 3.12`); or give BOTTLECRM_URL',
  });
}

/** On PATH, then where pyenv keeps its versions: its shim on PATH works only for a version that was made global. */
function candidates(env) {
  const onPath = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const versions = join(env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  return [...onPath, ...subfolders(versions).map((name) => join(versions, name, 'bin'))].map((folder) =>
    join(folder, NAME),
  );
}

function subfolders(folder) {
  try {
    return readdirSync(folder).filter((name) => name.startsWith('3.12'));
  } catch {
    return [];
  }
}

function hasPip(python) {
  return spawnSync(python, ['-m', 'pip', '--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0;
}
