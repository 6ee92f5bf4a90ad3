// An Avro schema as a graph of nodes with full names, so that two of them can be walked side by side.

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);
const NAMED = new Set(['record', 'enum', 'fixed']);

/**
 * The root node; a mention of a named type is the node of its definition, so a recursive schema is a cyclic graph. Pure.
 * @throws when the schema mentions a type that it does not define before, or defines one twice
 */
export function parseSchema(schema) {
  return parse(schema, '', new Map());
}

function parse(schema, namespace, named) {
  if (typeof schema === 'string') return mention(schema, namespace, named);
  if (Array.isArray(schema))
    return { kind: 'union', branches: schema.map((branch) => parse(branch, namespace, named)) };
  if (NAMED.has(schema.type)) return define(schema, namespace, named);
  if (schema.type === 'array') return { kind: 'array', items: parse(schema.items, namespace, named) };
  if (schema.type === 'map') return { kind: 'map', values: parse(schema.values, namespace, named) };
  return { ...parse(schema.type, namespace, named), ...logicalOf(schema) };
}

function mention(name, namespace, named) {
  if (PRIMITIVES.has(name)) return { kind: name };
  const node = named.get(fullName(name, namespace)) ?? named.get(name);
  if (!node) throw new Error(`the schema mentions ${name}, which it does not define before`);
  return node;
}

function define(schema, enclosing, named) {
  const name = fullName(schema.name, schema.namespace ?? enclosing);
  if (named.has(name)) throw new Error(`the schema defines ${name} twice`);
  const namespace = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : '';
  const aliases = (schema.aliases ?? []).map((alias) => fullName(alias, namespace));
  const node = { kind: schema.type, name, aliases, ...logicalOf(schema) };
  // Known before its fields are read: they may mention it.
  named.set(name, node);
  if (schema.type === 'fixed') node.size = schema.size;
  if (schema.type === 'enum') Object.assign(node, { symbols: schema.symbols, default: schema.default });
  if (schema.type === 'record') node.fields = schema.fields.map((field) => parseField(field, namespace, named));
  return node;
}

function parseField(field, namespace, named) {
  return {
    name: field.name,
    aliases: field.aliases ?? [],
    type: parse(field.type, namespace, named),
    // `undefined` is no JSON, so it can say 'none'.
    default: field.default,
  };
}

/** Only logical types have precision and scale; elsewhere they mean nothing. */
function logicalOf({ logicalType, precision, scale }) {
  if (logicalType === undefined) return {};
  return { logical: logicalType === 'decimal' ? `decimal(${precision}, ${scale ?? 0})` : logicalType };
}

function fullName(name, namespace) {
  return name.includes('.') || !namespace ? name : `${namespace}.${name}`;
}
