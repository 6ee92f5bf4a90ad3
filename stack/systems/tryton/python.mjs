// The Python that runs Tryton.
import { spawnSync } from 'node:child_process';

import { StackError } from '../../errors.mjs';
import { findProgram } from '../../tools.mjs';

const NAMES = ['python3', 'python3.13', 'python3.12', 'python3.11'];
const PROBE = 'import sys, pip; sys.exit(sys.version_info < (3, 11))';
const found = new Map();

/** The first Python that is new enough and has pip; asked once a run. @throws StackError when there is none */
export function pythonFor({ env }) {
  const path = env.PATH ?? '';
  if (!found.has(path)) {
    const candidates = NAMES.map((name) => findProgram(name, env)).filter(Boolean);
    found.set(path, candidates.find((file) => spawnSync(file, ['-c', PROBE]).status === 0) ?? null);
  }
  const python = found.get(path);
  if (python) return python;
  const next = 'apt-get install python3 python3-pip, on Debian 12 or newer';
  throw new StackError('Tryton needs Python 3.11 or newer with pip.', { server: 'tryton', next });
}
