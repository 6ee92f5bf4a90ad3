// What the build reads, and a fingerprint that changes whenever any of it does.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const CONFIGURATION = ['.swcrc', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/** Paths, relative to the root, of all files that end up in dist: code and the assets that nest-cli.json names. */
export function listSources(root) {
  const { projects } = JSON.parse(readFileSync(join(root, 'nest-cli.json'), 'utf8'));
  const folders = new Set(Object.values(projects).map(({ sourceRoot }) => sourceRoot));
  return [...folders]
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((path) => `${folder}/${path}`))
    .filter(isBuilt)
    .sort();
}

/** True for a path that the build compiles or copies. Pure. */
export function isBuilt(path) {
  return /\.(ts|sql|yaml)$/.test(path) && !/\.(spec|d)\.ts$/.test(path);
}

/** The files that the build makes from one source. Pure. */
export function outputsOf(source) {
  if (!source.endsWith('.ts')) return [source];
  const code = `${source.slice(0, -'.ts'.length)}.js`;
  return [code, `${code}.map`];
}

/** Changes with every edit, addition and removal; taken from sizes and times, so that it costs milliseconds. */
export function fingerprint(root, sources) {
  const hash = createHash('sha256');
  for (const path of [...CONFIGURATION, ...sources]) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}
