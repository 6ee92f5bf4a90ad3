import type { FieldNode, NamedNode, PrimitiveNode, RecordNode, SchemaNode } from './schema-node.js';

/** JSON of a schema. */
export type SchemaJson = string | readonly SchemaJson[] | SchemaObject;
interface SchemaObject {
  readonly type: SchemaJson;
  readonly name?: string;
  readonly namespace?: string;
  readonly aliases?: readonly string[];
  readonly doc?: string;
  readonly pii?: string;
  readonly logicalType?: string;
  readonly precision?: number;
  readonly scale?: number;
  readonly size?: number;
  readonly symbols?: readonly string[];
  readonly default?: unknown;
  readonly items?: SchemaJson;
  readonly values?: SchemaJson;
  readonly fields?: readonly SchemaObject[];
}
type Named = Map<string, SchemaNode>;
type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

/** A text or JSON that is no schema; the message says where. */
export class SchemaMistake extends Error {}

/**
 * The root node. Pure.
 * @throws SchemaMistake when the schema mentions a type that it does not define before, or defines one twice
 */
export function parseSchema(schema: SchemaJson): SchemaNode {
  return parse(schema, '', new Map());
}

function parse(schema: SchemaJson | undefined, namespace: string, named: Named): SchemaNode {
  if (typeof schema === 'string') return mention(schema, namespace, named);
  if (Array.isArray(schema)) {
    const branches = (schema as readonly SchemaJson[]).map((branch) => parse(branch, namespace, named));
    return { kind: 'union', branches };
  }
  if (typeof schema !== 'object' || schema === null)
    throw new SchemaMistake('the schema holds something that is no type');
  const type = schema as SchemaObject;
  if (type.type === 'record' || type.type === 'enum' || type.type === 'fixed')
    return define(type, type.type, { namespace, named });
  if (type.type === 'array') return { kind: 'array', items: parse(type.items, namespace, named) };
  if (type.type === 'map') return { kind: 'map', values: parse(type.values, namespace, named) };
  return { ...parse(type.type, namespace, named), ...logicalOf(type) };
}

function mention(name: string, namespace: string, named: Named): SchemaNode {
  if (PRIMITIVES.has(name)) return { kind: name as PrimitiveNode['kind'] };
  const node = named.get(fullName(name, namespace)) ?? named.get(name);
  if (!node) throw new SchemaMistake(`the schema mentions ${name}, which it does not define before`);
  return node;
}

function define(
  schema: SchemaObject,
  kind: 'record' | 'enum' | 'fixed',
  { namespace: enclosing, named }: { readonly namespace: string; readonly named: Named },
): SchemaNode {
  const base = namedBase(schema, enclosing);
  const { name } = base;
  if (named.has(name)) throw new SchemaMistake(`the schema defines ${name} twice`);
  switch (kind) {
    case 'fixed':
      return remember(named, { ...base, kind, size: schema.size ?? 0 });
    case 'enum': {
      const byDefault = typeof schema.default === 'string' ? { default: schema.default } : {};
      return remember(named, { ...base, kind, symbols: schema.symbols ?? [], ...byDefault });
    }
    case 'record': {
      // Known before its fields are read: they may mention it.
      const node = remember<Writable<RecordNode>>(named, { ...base, kind, fields: [] });
      const namespace = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : '';
      node.fields = (schema.fields ?? []).map((field) => parseField(field, namespace, named));
      return node;
    }
  }
}

function remember<Node extends SchemaNode & NamedNode>(named: Named, node: Node): Node {
  named.set(node.name, node);
  return node;
}

function namedBase(schema: SchemaObject, enclosing: string): NamedNode {
  const name = fullName(schema.name ?? '', schema.namespace ?? enclosing);
  const namespace = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : '';
  const aliases = (schema.aliases ?? []).map((alias) => fullName(alias, namespace));
  return { name, aliases, ...(schema.doc !== undefined && { doc: schema.doc }), ...logicalOf(schema) };
}

function parseField(field: SchemaObject, namespace: string, named: Named): FieldNode {
  return {
    name: field.name ?? '',
    aliases: field.aliases ?? [],
    type: parse(field.type, namespace, named),
    // `undefined` is no JSON, so it can say 'none'.
    default: field.default,
    ...(field.doc !== undefined && { doc: field.doc }),
    ...(field.pii !== undefined && { personal: field.pii }),
  };
}

/** Only logical types have precision and scale; elsewhere they mean nothing. */
function logicalOf({ logicalType, precision, scale }: SchemaObject): { readonly logical?: string } {
  if (logicalType === undefined) return {};
  return { logical: logicalType === 'decimal' ? `decimal(${precision}, ${scale ?? 0})` : logicalType };
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || !namespace ? name : `${namespace}.${name}`;
}
