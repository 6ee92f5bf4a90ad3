// Builds the pages of apps/admin-web into dist/apps/admin-web with Vite, when one of their sources changed.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { fingerprint } from './sources.mjs';

const FOLDER = 'apps/admin-web';

/** Where the pages go, relative to dist. */
export const PAGES_OUTPUT = 'apps/admin-web';

/** Paths, relative to the root, of everything that the pages are made of. */
export function listPageSources(root) {
  if (!existsSync(join(root, FOLDER))) return [];
  const entries = readdirSync(join(root, FOLDER), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && isPageSource(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

/** True for a file that ends up in the pages or decides how they are built. Pure. */
export function isPageSource(name) {
  return /\.(tsx?|css|html|svg|json)$/.test(name) && !/\.spec\.tsx?$/.test(name);
}

/** True when dist holds the pages of exactly these sources. */
export function arePagesFresh(root) {
  const stamp = stampOf(root);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint(root, listPageSources(root));
}

/** @throws what Vite says of the sources */
export async function buildPages(root) {
  const mark = fingerprint(root, listPageSources(root));
  rmSync(stampOf(root), { force: true });
  const { build } = await import('vite');
  await build({
    ...{ root: join(root, FOLDER), configFile: false, logLevel: 'warn', mode: 'production' },
    build: {
      ...{ outDir: join(root, 'dist', PAGES_OUTPUT), emptyOutDir: true, sourcemap: false, target: 'es2022' },
      assetsInlineLimit: 0, // the policy allows files of our own, and nothing inline
      modulePreload: { polyfill: false },
      rolldownOptions: {
        onLog: (level, log, tell) => log.code === 'MODULE_LEVEL_DIRECTIVE' || tell(level, log), // 'use client': for servers

        output: { entryFileNames: 'assets/[name]-[hash].js', chunkFileNames: 'assets/[name]-[hash].js' },
      },
    },
  });
  writeFileSync(stampOf(root), mark);
}

function stampOf(root) {
  return join(root, 'dist', PAGES_OUTPUT, '.stamp');
}
