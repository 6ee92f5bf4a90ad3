/** A type of a schema; a mention of a named type is the node of its definition, so a recursive schema is a cyclic graph. */
export type SchemaNode = PrimitiveNode | UnionNode | ArrayNode | MapNode | RecordNode | EnumNode | FixedNode;

interface NodeBase {
  /** `decimal(18, 4)`, `timestamp-micros`. */
  readonly logical?: string;
}

/** `null`, `boolean`, `int`, … */
export interface PrimitiveNode extends NodeBase {
  readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';
}

export interface UnionNode extends NodeBase {
  readonly kind: 'union';
  readonly branches: readonly SchemaNode[];
}

export interface ArrayNode extends NodeBase {
  readonly kind: 'array';
  readonly items: SchemaNode;
}

export interface MapNode extends NodeBase {
  readonly kind: 'map';
  readonly values: SchemaNode;
}

/** A type with a name. */
export interface NamedNode extends NodeBase {
  /** Full name. */
  readonly name: string;
  /** Full names. */
  readonly aliases: readonly string[];
  readonly doc?: string;
}

export interface RecordNode extends NamedNode {
  readonly kind: 'record';
  readonly fields: readonly FieldNode[];
}

export interface EnumNode extends NamedNode {
  readonly kind: 'enum';
  readonly symbols: readonly string[];
  readonly default?: string;
}

export interface FixedNode extends NamedNode {
  readonly kind: 'fixed';
  readonly size: number;
}

/** A field of a record. */
export interface FieldNode {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: SchemaNode;
  /** JSON; undefined means none. */
  readonly default: unknown;
  readonly doc?: string;
  /** Which kind of personal datum it is (`pii`). */
  readonly personal?: string;
}

/** Name of a node without its namespace; empty for a type without a name. Pure. */
export function shortName(node: SchemaNode): string {
  return 'name' in node ? node.name.slice(node.name.lastIndexOf('.') + 1) : '';
}

/** A node as an author would call it. Pure. */
export function label(node: SchemaNode): string {
  if (node.kind === 'union') return `[${node.branches.map(label).join(', ')}]`;
  if (node.kind === 'array') return `array of ${label(node.items)}`;
  if (node.kind === 'map') return `map of ${label(node.values)}`;
  const text = 'name' in node ? `${node.kind} ${node.name}` : node.kind;
  return node.logical ? `${text} as ${node.logical}` : text;
}
