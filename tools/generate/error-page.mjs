// docs/errors.md, from the table of error codes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The page by path. */
export function generateErrorPage(root) {
  const source = readFileSync(join(root, 'libs/kernel/src/error-codes.ts'), 'utf8');
  return { 'docs/errors.md': errorPage(readErrorCodes(source)) };
}

/**
 * The entries of the table, in order. Pure.
 * @throws when a line that names a code cannot be read: a code must not be lost from the page.
 */
export function readErrorCodes(source) {
  const entries = [...source.matchAll(/^ {2}(HUB_\w+): \[\s*'(\w+)',\s*(['"])(.*)\3,?\s*\],$/gm)];
  const named = source.match(/^ {2}HUB_\w+:/gm) ?? [];
  if (entries.length !== named.length)
    throw new Error(`error-codes.ts names ${named.length} codes, of which only ${entries.length} can be read`);
  return entries.map(([, code, disposition, quote, hint]) => ({
    code,
    disposition,
    hint: hint.replaceAll(`\\${quote}`, quote),
  }));
}

function errorPage(entries) {
  return [
    '<!-- Generated from libs/kernel/src/error-codes.ts by `npm run generate`. -->',
    '# Errors',
    '',
    'What the disposition means: `retry` the hub tries again by itself; `reload` it reads again and retries; `park` this',
    'record or message is set aside and listed; `stop` an operator must act; `crash` a bug, the process restarts.',
    '',
    '| code | disposition | what to do |',
    '| --- | --- | --- |',
    ...entries.map(({ code, disposition, hint }) => `| \`${code}\` | ${disposition} | ${hint} |`),
    '',
  ].join('\n');
}
