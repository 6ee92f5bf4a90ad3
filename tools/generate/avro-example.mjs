// A value of an Avro schema, as a person would like to see it.
const PRIMITIVES = { string: 'text', boolean: true, int: 1, long: 1, float: 1.5, double: 1.5, null: null, bytes: '' };
const LOGICAL = { 'timestamp-micros': '2026-11-23T04:05:06.123456Z', decimal: '9.99' };
const KINDS = {
  record: ({ fields }, named) => Object.fromEntries(fields.map(({ name, type }) => [name, exampleOf(type, named)])),
  enum: ({ symbols }) => symbols[0],
  array: ({ items }, named) => [exampleOf(items, named)],
  map: ({ values }, named) => ({ en: exampleOf(values, named) }),
};

/** Always the same for the same schema; a union shows what it may hold beside null. Pure. */
export function exampleOf(schema, named = new Map()) {
  if (typeof schema === 'string') return named.has(schema) ? exampleOf(named.get(schema), named) : PRIMITIVES[schema];
  if (Array.isArray(schema)) return exampleOf(schema.find((branch) => branch !== 'null') ?? 'null', named);
  if (schema.name) named.set(`${schema.namespace}.${schema.name}`, schema);
  return LOGICAL[schema.logicalType] ?? KINDS[schema.type]?.(schema, named) ?? exampleOf(schema.type, named);
}
