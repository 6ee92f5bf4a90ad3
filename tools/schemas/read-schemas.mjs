// The event schemas of a folder, each complete: shared types stand where they are first mentioned.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TYPE_POSITIONS = new Set(['type', 'items', 'values', 'fields']);
const SHARED = 'shared';
const RELEASED = 'released';

/** Folder of the last release, relative to the schemas' own. */
export const RELEASED_FOLDER = RELEASED;

/** Folders of event schemas: one for each entity, and `hub`. */
export function listFolders(schemas) {
  if (!existsSync(schemas)) return [];
  return readdirSync(schemas, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== SHARED && entry.name !== RELEASED)
    .map((entry) => entry.name)
    .sort();
}

/** Every event schema as `{ file, schema }`, by folder and name; `file` is relative to the folder of the schemas. */
export function readSchemas(schemas) {
  const shared = readShared(schemas);
  return listFolders(schemas).flatMap((folder) =>
    listSchemaFiles(join(schemas, folder)).map((name) => {
      const file = `${folder}/${name}`;
      return { file, schema: inline(readJson(join(schemas, file)), shared, new Set()) };
    }),
  );
}

/** Where each shared type is defined: full name to file. */
export function readSharedFiles(schemas) {
  return new Map(
    listSchemaFiles(join(schemas, SHARED)).map((name) => {
      const schema = readJson(join(schemas, SHARED, name));
      return [`${schema.namespace}.${schema.name}`, `${SHARED}/${name}`];
    }),
  );
}

/** Replaces the first mention of a shared type by its definition, as Avro wants it, and later ones by its full name. Pure. */
export function inline(node, shared, seen) {
  if (typeof node === 'string') return inlineName(node, shared, seen);
  if (Array.isArray(node)) return node.map((item) => inline(item, shared, seen));
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, TYPE_POSITIONS.has(name) ? inline(value, shared, seen) : value]),
  );
}

function inlineName(name, shared, seen) {
  const schema = shared.get(name);
  if (!schema) return name;
  if (seen.has(name)) return `${schema.namespace}.${schema.name}`;
  seen.add(name);
  return inline(schema, shared, seen);
}

function readShared(schemas) {
  const read = listSchemaFiles(join(schemas, SHARED)).map((name) => readJson(join(schemas, SHARED, name)));
  return new Map(read.map((schema) => [schema.name, schema]));
}

function listSchemaFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.avsc'))
    .sort();
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
