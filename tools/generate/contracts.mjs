// Types, field tables and schema texts of libs/contracts, from schemas/.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { listFolders, readSchemas } from '../schemas/read-schemas.mjs';

const HEADER = '// Generated from schemas/ by `npm run generate`; never edit by hand.\n';
const ENVELOPE_FIELDS = 8; // leading fields of every event that are not business fields

/** The generated files by path. */
export function generateContracts(root) {
  const schemas = join(root, 'schemas');
  const entities = listFolders(schemas)
    .filter((name) => name !== 'hub')
    .map((name) => entityDescriptor(schemas, name));
  const folder = 'libs/contracts/src/generated';
  return {
    [`${folder}/entities.ts`]: entitiesModule(entities),
    [`${folder}/avro-schemas.ts`]: schemasModule(schemas),
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

function schemasModule(schemas) {
  const entries = readSchemas(schemas).map(({ schema }) => [
    `${schema.namespace}.${schema.name}`,
    JSON.stringify(schema),
  ]);
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
    fields: Object.fromEntries(
      fields.map((field) => [field.name, { ...fieldType(field), ...personalTag(field), doc: field.doc }]),
    ),
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

/** A tag of the schema, as `"pii": "email"`. */
function personalTag({ pii }) {
  return pii === undefined ? {} : { personal: pii };
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
