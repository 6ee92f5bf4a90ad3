// Runs a Python program in Tryton's environment: `node run-python.mjs PROGRAM ARGUMENT…`; its stdin and stdout are ours.
import { spawn } from 'node:child_process';

import { openContext } from '../../context.mjs';
import { environment } from './environment.mjs';
import { pythonFor } from './python.mjs';

const context = openContext(process.env);
const child = spawn(pythonFor(context), process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, ...environment(context) },
});
process.on('SIGTERM', () => child.kill());
child.on('exit', (code) => process.exit(code ?? 1));
