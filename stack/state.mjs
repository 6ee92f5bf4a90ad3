// The folders, and what is remembered between runs: ports, the password of PostgreSQL, the id of the Kafka cluster.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { StackError } from './errors.mjs';

/** Where everything lies. */
export function stackPaths(env, projectRoot) {
  const root = resolve(env.PLUMBLINE_STACK_DIR || join(projectRoot, '.plumbline', 'stack'));
  return {
    root,
    cache: resolve(env.PLUMBLINE_CACHE_DIR || join(root, 'cache')),
    data: join(root, 'data'),
    logs: join(root, 'logs'),
    run: join(root, 'run'),
    lockFile: join(root, 'lock'),
    stateFile: join(root, 'state.json'),
    addressFile: join(root, 'stack.json'),
  };
}

/** The remembered state; a fresh one where there is none. Not written until `saveState`. */
export function readState(paths) {
  const saved = readJson(paths.stateFile);
  return { version: 1, ports: {}, password: newSecret(), kafkaClusterId: newKafkaClusterId(), ...saved };
}

/** Remembers the state. Holds a password, hence readable by its owner only. */
export function saveState({ paths, state }) {
  writeFileAtomically(paths.stateFile, `${JSON.stringify(state, null, 2)}\n`, 0o600);
}

/** The JSON in a file, or null where there is no file. */
export function readJson(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw new StackError(`${file} cannot be read (${error.code}).`, {
      next: 'check who owns the stack folder',
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StackError(`${file} is not JSON.`, { next: 'delete that file, then run the command again', cause });
  }
}

/** Writes a file so that a reader sees the old text or the new one, never half of it. */
export function writeFileAtomically(file, text, mode = 0o644) {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}.tmp`;
  writeFileSync(unfinished, text, { mode });
  renameSync(unfinished, file);
}

function newSecret() {
  return randomBytes(18).toString('base64url');
}

/** Kafka's ids are 16 bytes in base64url; a leading dash would be read as an option by its format tool. */
function newKafkaClusterId() {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newKafkaClusterId() : id;
}
