// Running other programs: finding them, and running one to its end with its output in a log file.
import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

import { StackError } from './errors.mjs';
import { logFileOf } from './process.mjs';

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
  const fail = (what, cause) => new StackError(`\`${command} ${args[0]} …\` ${what}.`, { server, logFile, next, cause });
  try {
    await new Promise((resolve, reject) => {
      const child = spawn(command, args, { ...options, stdio: ['pipe', descriptor, descriptor] });
      child.once('error', (cause) => reject(fail('could not be started', cause)));
      child.once('close', (code, signal) => (code === 0 ? resolve() : reject(fail(`ended with ${code ?? signal}`))));
      child.stdin.on('error', () => {}); // a program that ends early closes its stdin; its exit code tells
      child.stdin.end(input ?? '');
    });
  } finally {
    closeSync(descriptor);
  }
}

/** Fills a folder by `work(unfinishedFolder)` and gives it its name only when it is complete. */
export async function fillFolder(folder, work) {
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

let mavenIsFree = Promise.resolve();

/** Runs Maven. One at a time: Maven 3 does not lock its local repository. */
export function runMaven(context, server, { goal, properties, cwd }) {
  const definitions = Object.entries(properties).map(([key, value]) => `-D${key}=${value}`);
  const next = 'see whether `mvn` can reach its repository (its settings.xml), then run `npm run stack -- up` again';
  const turn = mavenIsFree.then(() =>
    runTool(context, { server, log: `${server}-install`, next, command: 'mvn', args: ['-q', '-B', goal, ...definitions], cwd }),
  );
  mavenIsFree = turn.catch(() => {});
  return turn;
}

/** A pom whose only purpose is its dependencies. */
export function writePom(folder, dependencies) {
  const entries = dependencies.map((coordinates) => {
    const [groupId, artifactId, version] = coordinates.split(':');
    return `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`;
  });
  const pom = `<project><modelVersion>4.0.0</modelVersion><groupId>plumbline</groupId><artifactId>stack</artifactId>
<version>1</version><packaging>pom</packaging><dependencies>${entries.join('\n')}</dependencies></project>\n`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pom.xml'), pom);
  return dirname(join(folder, 'pom.xml'));
}
