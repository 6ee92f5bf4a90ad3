import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serverCpuSeconds } from '../server-cpu.js';
import { ROOT, STACK_FOLDER } from '../stack.js';
import type { Arena } from './arena.js';
import { round } from './round.js';
import { MAPPED } from './stores.js';

/** What one comparison by the peer found and cost. */
export interface PeerFigures {
  readonly contestant: 'reladiff';
  readonly wallS: number;
  readonly clientCpuS: number;
  readonly dbCpuS: number;
  readonly rssMib: number;
  readonly found: Readonly<Record<'changed' | 'missing' | 'foreign', number>>;
}

const VERSION = '0.6.0';
const SOURCES = join(ROOT, 'bench/reconcile');
const REQUIREMENTS = join(SOURCES, 'reladiff.requirements.txt');
const COLUMNS = MAPPED.filter((name) => name !== 'sku').join(',');
const run = promisify(execFile);

/** Installs the peer into a folder of the stack's cache unless it is there. @returns its Python */
export async function installReladiff(): Promise<string> {
  const cache = process.env['PLUMBLINE_CACHE_DIR'] ?? join(STACK_FOLDER, 'cache');
  // a changed set of packages gets a folder of its own
  const set = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 8);
  const folder = join(cache, `reladiff-${VERSION}-${set}`);
  const python = join(folder, 'bin/python');
  if (existsSync(python)) return python;
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(cache, { recursive: true });
  try {
    await run('python3', ['-m', 'venv', unfinished]);
    await run(join(unfinished, 'bin/python'), [
      ...['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-input', '--disable-pip-version-check'],
      ...['--requirement', REQUIREMENTS],
    ]);
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return python;
}

/** Compares both stores by reladiff's defaults (32 parts, down to 16,384 rows), two threads a store, directly. */
export async function playReladiff({ known, shop }: Arena, python: string, postgresPid: number): Promise<PeerFigures> {
  const before = serverCpuSeconds(postgresPid);
  const { stdout } = await run(python, [
    join(SOURCES, 'compare-by-reladiff.py'),
    toReladiff(known.place.url),
    toReladiff(shop.place.url),
    COLUMNS,
  ]);
  const figures = JSON.parse(stdout) as Omit<PeerFigures, 'contestant' | 'dbCpuS'>;
  return { contestant: 'reladiff', ...figures, dbCpuS: round(serverCpuSeconds(postgresPid) - before) };
}

/** It knows the scheme by its long name only. */
function toReladiff(url: string): string {
  return url.replace(/^postgres:/, 'postgresql:');
}
