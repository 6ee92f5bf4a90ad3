// Running other programs: finding them, and running one to its end with its output in a log file.
import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

import { StackError } from './errors.mjs';
import { logFileOf, startTicksOf } from './process.mjs';

/** The path of a program on PATH, or null. */
export function findProgram(name, env = process.env) {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    if (folder && isExecutable(file)) return file;
  }
  return null;
}

export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Java: JAVA_HOME's if set, else the one on PATH. */
export function findJava(env) {
  return env.JAVA_HOME ? join(env.JAVA_HOME, 'bin', 'java') : (findProgram('java', env) ?? 'java');
}

/**
 * Runs a program to its end; its output goes to `<log>.log` in the logs folder.
 * @throws StackError when it cannot be started or does not end with 0.
 */
export async function runTool(context, { server, log, next, command, args, input, ...options }) {
  const logFile = logFileOf(context.paths, log);
  const descriptor = openSync(logFile, 'a', 0o600);
  const fail = (what, cause) =>
    new StackError(`\`${command} ${args[0]} …\` ${what}.`, { server, logFile, next, cause });
  try {
    await new Promise((resolve, reject) => {
      const child = spawn(command, args, { ...options, stdio: ['pipe', descriptor, descriptor] });
      // An interrupted launcher must not leave a tool behind that works on the same folder as the next one's.
      const endWithLauncher = () => child.kill();
      process.once('exit', endWithLauncher);
      child.once('error', (cause) => reject(fail('could not be started', cause)));
      child.once('close', (code, signal) => {
        process.off('exit', endWithLauncher);
        if (code === 0) resolve();
        else reject(fail(`ended with ${code ?? signal}`));
      });
      child.stdin.on('error', () => {}); // a program that ends early closes its stdin; its exit code tells
      child.stdin.end(input ?? '');
    });
  } finally {
    closeSync(descriptor);
  }
}

/** Fills a folder by `work(unfinishedFolder)` and gives it its name only when it is complete. */
export async function fillFolder(folder, work) {
  removeAbandoned(folder);
  const unfinished = `${folder}.${process.pid}.tmp`;
  mkdirSync(unfinished, { recursive: true });
  try {
    await work(unfinished);
    renameSync(unfinished, folder);
  } catch (error) {
    // With a shared cache another launcher may have been quicker: its folder serves as well.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Deletes what launchers that were killed while they filled this folder left behind. */
function removeAbandoned(folder) {
  const parent = dirname(folder);
  const abandoned = readdirSync(parent).filter((name) => {
    const [, pid] = name.startsWith(`${basename(folder)}.`) ? (/\.(\d+)\.tmp$/.exec(name) ?? []) : [];
    return pid && startTicksOf(pid) === null;
  });
  for (const name of abandoned) rmSync(join(parent, name), { recursive: true, force: true });
}
