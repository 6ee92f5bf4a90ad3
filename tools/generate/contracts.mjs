// Types, field tables and schema texts of libs/contracts, from schemas/.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const HEADER = '// Generated from schemas/ by `npm run generate`; never edit by hand.\n';
const ENVELOPE_FIELDS = 8; // leading fields of every event that are not business fields
const TYPE_POSITIONS = new Set(['type', 'items', 'values', 'fields']);

/** The generated files by path. */
export function generateContracts(root) {
  const schemas = join(root, 'schemas');
  const folders = readdirSync(schemas, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'shared')
    .map((entry) => entry.name)
    .sort();
  const entities = folders.filter((name) => name !== 'hub').map((name) => entityDescriptor(schemas, name));
  const folder = 'libs/contracts/src/generated';
  return {
    [`${folder}/entities.ts`]: entitiesModule(entities),
    [`${folder}/avro-schemas.ts`]: schemasModule(schemas, folders),
  };
}

function entitiesModule(entities) {
  const names = entities.map(({ entity }) => `'${entity}'`).join(' | ');
  const table = Object.fromEntries(entities.map((descriptor) => [descriptor.entity, descriptor]));
  return `${HEADER}import type { EntityDescriptor } from '../entity-descriptor.js';

/** Canonical kinds of record that have schemas. */
export type Entity = ${names};

/** Fields and event types of every entity. */
export const ENTITIES: Readonly<Record<Entity, EntityDescriptor>> = ${JSON.stringify(table, null, 2)};
`;
}

function schemasModule(schemas, folders) {
  const shared = readShared(schemas);
  const entries = folders.flatMap((folder) =>
    readdirSync(join(schemas, folder))
      .filter((file) => file.endsWith('.avsc'))
      .sort()
      .map((file) => {
        const schema = inline(readJson(join(schemas, folder, file)), shared, new Set());
        return [`${schema.namespace}.${schema.name}`, JSON.stringify(schema)];
      }),
  );
  return `${HEADER}
/** Canonical Avro schema text by full record name; the subject in the registry is the same name. */
export const AVRO_SCHEMAS = ${JSON.stringify(Object.fromEntries(entries), null, 2)} as const;

/** Full name of an event record. */
export type EventTypeName = keyof typeof AVRO_SCHEMAS;
`;
}

function entityDescriptor(schemas, entity) {
  const changed = readJson(join(schemas, entity, `${entity}-changed.v1.avsc`));
  const golden = readJson(join(schemas, entity, `golden-${entity}.v1.avsc`));
  const fields = changed.fields.slice(ENVELOPE_FIELDS);
  if (JSON.stringify(fields) !== JSON.stringify(golden.fields.slice(ENVELOPE_FIELDS)))
    throw new Error(`schemas/${entity}: the business fields of the change event and of the golden record differ`);
  return {
    entity,
    doc: changed.doc.replace(/ One system's.*/, ''),
    changedType: `${changed.namespace}.${changed.name}`,
    goldenType: `${golden.namespace}.${golden.name}`,
    fields: Object.fromEntries(fields.map((field) => [field.name, { ...fieldType(field), doc: field.doc }])),
  };
}

function fieldType(field) {
  const type = Array.isArray(field.type) ? field.type.find((branch) => branch !== 'null') : field.type;
  if (type === 'string') return { type: 'text' };
  if (type === 'boolean') return { type: 'boolean' };
  if (type.type === 'map') return { type: 'texts' };
  if (type.logicalType === 'timestamp-micros') return { type: 'instant' };
  if (type.logicalType === 'decimal') return { type: 'decimal', scale: type.scale };
  throw new Error(`schemas: field ${field.name} has a type that is no canonical type`);
}

function readShared(schemas) {
  const files = readdirSync(join(schemas, 'shared'));
  return new Map(files.map((file) => readJson(join(schemas, 'shared', file))).map((schema) => [schema.name, schema]));
}

/** Replaces the first mention of a shared type by its definition, as Avro wants it, and later ones by its full name. */
function inline(node, shared, seen) {
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

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
