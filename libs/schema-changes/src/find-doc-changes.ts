import type { SchemaChange } from './compare-schemas.js';
import { parseSchema, type SchemaJson } from './parse-schema.js';
import { shortName, type FieldNode, type NamedNode, type RecordNode, type SchemaNode } from './schema-node.js';

/**
 * Documentation and personal marks that changed in types and fields that both versions have. Nobody breaks by them. Pure.
 * @throws SchemaMistake for what is no schema
 */
export function findDocChanges(released: SchemaJson, current: SchemaJson): SchemaChange[] {
  const past = new Map(namedTypes(parseSchema(released)).map((type) => [type.name, type]));
  return namedTypes(parseSchema(current)).flatMap((type) => {
    const before = past.get(type.name);
    return before ? [...docOf(before, type), ...fieldsOf(before, type)] : [];
  });
}

/** Every named type of a schema, each once. */
function namedTypes(root: SchemaNode): readonly (SchemaNode & NamedNode)[] {
  const found = new Map<string, SchemaNode & NamedNode>();
  const waiting = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if ('name' in node && found.has(node.name)) continue;
    if ('name' in node) found.set(node.name, node);
    waiting.push(...innerOf(node));
  }
  return [...found.values()];
}

function innerOf(node: SchemaNode): readonly SchemaNode[] {
  if (node.kind === 'record') return node.fields.map(({ type }) => type);
  if (node.kind === 'union') return node.branches;
  if (node.kind === 'array') return [node.items];
  return node.kind === 'map' ? [node.values] : [];
}

function docOf(before: NamedNode, type: SchemaNode & NamedNode): SchemaChange[] {
  return before.doc === type.doc ? [] : [told(type.name, shortName(type), 'documentation changed')];
}

function fieldsOf(before: NamedNode, type: SchemaNode): SchemaChange[] {
  if (type.kind !== 'record') return [];
  const known = new Map(((before as Partial<RecordNode>).fields ?? []).map((field) => [field.name, field]));
  return type.fields.flatMap((field) => {
    const past = known.get(field.name);
    return past
      ? fieldChanges(past, field).map((change) => told(type.name, `${shortName(type)}.${field.name}`, change))
      : [];
  });
}

function fieldChanges(past: FieldNode, field: FieldNode): string[] {
  return [
    ...(past.doc === field.doc ? [] : ['documentation changed']),
    ...(past.personal === field.personal
      ? []
      : [`personal mark changed from ${past.personal ?? 'none'} to ${field.personal ?? 'none'}`]),
  ];
}

function told(owner: string, path: string, change: string): SchemaChange {
  return { owner, path, change, breaks: [], advice: '' };
}
