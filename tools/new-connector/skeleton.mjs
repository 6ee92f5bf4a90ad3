// The files of a new connector, from the templates beside this file. Pure but for reading the templates.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const TEMPLATES = ['main.ts', 'connector.ts', 'client.ts', 'mapping.ts', 'conformance.spec.ts', 'README.md'];
const MAX_LENGTH = 32;

/** What is wrong with a connector's name; null when it may be used. `taken` are the names of all Nest projects. Pure. */
export function findNameProblem(name, taken) {
  if (name === undefined || name === '') return 'Name the connector: npm run new:connector akeneo';
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name))
    return `"${name}" is no name: lower-case letters and digits, words joined by a dash, for example acme-shop.`;
  if (name.length > MAX_LENGTH) return `"${name}" is too long: at most ${MAX_LENGTH} characters.`;
  return taken.includes(name) ? `"${name}" is taken by an app, a connector or a tool: choose another.` : null;
}

/** Text by file name of the connector; `folder` is where it will be, as messages name it. */
export function makeSkeleton(name, folder) {
  const words = wordsOf(name, folder);
  return Object.fromEntries(
    TEMPLATES.map((file) => {
      const template = readFileSync(join(import.meta.dirname, `${file}.template`), 'utf8');
      return [file === 'conformance.spec.ts' ? `${name}.${file}` : file, fillIn(template, words)];
    }),
  );
}

/** Puts the words in place of `__word__`. Pure. */
export function fillIn(template, words) {
  return Object.entries(words).reduce((text, [word, value]) => text.replaceAll(`__${word}__`, value), template);
}

function wordsOf(name, folder) {
  const parts = name.split('-');
  const pascal = parts.map(capitalize).join('');
  return {
    id: name,
    folder,
    title: capitalize(parts.join(' ')),
    NAME: parts.join('_').toUpperCase(),
    Name: pascal,
    name: pascal[0].toLowerCase() + pascal.slice(1),
  };
}

function capitalize(text) {
  return text[0].toUpperCase() + text.slice(1);
}
