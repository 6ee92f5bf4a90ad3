// Generates libs/contracts/src/generated/ and docs/errors.md from their sources. `--check` fails when a file differs.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import prettier from 'prettier';

const root = join(import.meta.dirname, '..');
const outFolder = join(root, 'libs/contracts/src/generated');
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const envelope = { changed: 8, golden: 8 }; // leading fields of every event that are not business fields

const shared = new Map(
  readdirSync(join(root, 'schemas/shared')).map((file) => {
    const schema = readJson(join(root, 'schemas/shared', file));
    return [schema.name, schema];
  }),
);

/** Replaces the first mention of a shared type by its definition, as Avro wants it, and later ones by its full name. */
function inline(node, seen) {
  if (typeof node === 'string') {
    const schema = shared.get(node);
    if (!schema) return node;
    const fullName = `${schema.namespace}.${schema.name}`;
    if (seen.has(node)) return fullName;
    seen.add(node);
    return inline(schema, seen);
  }
  if (Array.isArray(node)) return node.map((item) => inline(item, seen));
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) =>
      name === 'type' || name === 'items' || name === 'values' || name === 'fields'
        ? [name, inline(value, seen)]
        : [name, value],
    ),
  );
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

function entityDescriptor(entity) {
  const changed = readJson(join(root, `schemas/${entity}/${entity}-changed.v1.avsc`));
  const golden = readJson(join(root, `schemas/${entity}/golden-${entity}.v1.avsc`));
  const fields = changed.fields.slice(envelope.changed);
  if (JSON.stringify(fields) !== JSON.stringify(golden.fields.slice(envelope.golden)))
    throw new Error(`schemas/${entity}: the business fields of the change event and of the golden record differ`);
  return {
    entity,
    doc: changed.doc.replace(/ One system's.*/, ''),
    changedType: `${changed.namespace}.${changed.name}`,
    goldenType: `${golden.namespace}.${golden.name}`,
    fields: Object.fromEntries(fields.map((field) => [field.name, { ...fieldType(field), doc: field.doc }])),
  };
}

function schemaEntries() {
  const folders = readdirSync(join(root, 'schemas'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'shared')
    .map((entry) => entry.name)
    .sort();
  return folders.flatMap((folder) =>
    readdirSync(join(root, 'schemas', folder))
      .filter((file) => file.endsWith('.avsc'))
      .sort()
      .map((file) => {
        const schema = inline(readJson(join(root, 'schemas', folder, file)), new Set());
        return [`${schema.namespace}.${schema.name}`, JSON.stringify(schema)];
      }),
  );
}

function generateContracts() {
  const header = '// Generated from schemas/ by `npm run generate`; never edit by hand.\n';
  const entities = readdirSync(join(root, 'schemas'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['shared', 'hub'].includes(entry.name))
    .map((entry) => entityDescriptor(entry.name))
    .sort((a, b) => (a.entity < b.entity ? -1 : 1));
  const names = entities.map((entity) => `'${entity.entity}'`).join(' | ');
  return {
    'entities.ts': `${header}import type { EntityDescriptor } from '../entity-descriptor.js';

/** Canonical kinds of record that have schemas. */
export type Entity = ${names};

/** Fields and event types of every entity. */
export const ENTITIES: Readonly<Record<Entity, EntityDescriptor>> = ${JSON.stringify(
      Object.fromEntries(entities.map((entity) => [entity.entity, entity])),
      null,
      2,
    )};
`,
    'avro-schemas.ts': `${header}
/** Canonical Avro schema text by full record name; the subject in the registry is the same name. */
export const AVRO_SCHEMAS = ${JSON.stringify(Object.fromEntries(schemaEntries()), null, 2)} as const;

/** Full name of an event record. */
export type EventTypeName = keyof typeof AVRO_SCHEMAS;
`,
  };
}

function generateErrorPage() {
  const source = readFileSync(join(root, 'libs/kernel/src/error-codes.ts'), 'utf8');
  const rows = [...source.matchAll(/^ {2}(HUB_\w+): \['(\w+)', (['"])(.*)\3\],$/gm)];
  const lines = rows.map(([, code, disposition, , hint]) => `| \`${code}\` | ${disposition} | ${hint} |`);
  return [
    '<!-- Generated from libs/kernel/src/error-codes.ts by `npm run generate`. -->',
    '# Errors',
    '',
    'What the disposition means: `retry` the hub tries again by itself; `reload` it reads again and retries; `park` this',
    'record or message is set aside and listed; `stop` an operator must act; `crash` a bug, the process restarts.',
    '',
    '| code | disposition | what to do |',
    '| --- | --- | --- |',
    ...lines,
    '',
  ].join('\n');
}

async function main() {
  const check = process.argv.includes('--check');
  const files = Object.fromEntries(
    Object.entries(generateContracts()).map(([name, text]) => [join(outFolder, name), text]),
  );
  files[join(root, 'docs/errors.md')] = generateErrorPage();
  mkdirSync(outFolder, { recursive: true });
  const stale = [];
  for (const [path, text] of Object.entries(files)) {
    const options = await prettier.resolveConfig(path);
    const wanted = await prettier.format(text, { ...options, filepath: path });
    let current = '';
    try {
      current = readFileSync(path, 'utf8');
    } catch {
      // a missing file is stale
    }
    if (current === wanted) continue;
    stale.push(path.slice(root.length + 1));
    if (!check) writeFileSync(path, wanted);
  }
  for (const path of stale) console.log(check ? `stale: ${path}` : `written: ${path}`);
  if (check && stale.length > 0) {
    console.error('Run `npm run generate` and commit the result.');
    process.exit(1);
  }
}

await main();
