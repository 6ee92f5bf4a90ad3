import { HubError } from '#kernel';
import type { Schema } from 'avsc';

/** What a writer's schema may ask of us; ours are below a tenth of each. */
export const SCHEMA_LIMITS = {
  characters: 256 * 1024,
  depth: 32,
  namedTypes: 200,
  fields: 2_000,
  symbols: 5_000,
  branches: 64,
  fixedBytes: 64 * 1024,
  precision: 1_000,
} as const;

type Limit = keyof typeof SCHEMA_LIMITS;
type Node = Readonly<Record<string, unknown>>;

const NAME = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;
/** Names that mean something else on every JavaScript object; nothing of a foreign message may be called so. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);
const NAMED = new Set(['record', 'error', 'enum', 'fixed']);

/** True for a key or name that must not become a property. */
export function isReservedName(name: string): boolean {
  return RESERVED.has(name);
}

/**
 * The schema of a text that somebody else registered, before anything is built of it: building costs memory and code.
 * Recursive types are refused, since with them a few bytes of a value nest as deep as they like; ours have none.
 * @throws HubError HUB_SCHEMA_UNSAFE naming the limit
 */
export function parseForeignSchema(text: string): Schema {
  if (text.length > SCHEMA_LIMITS.characters) throw beyond('characters', text.length);
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    throw new HubError('HUB_SCHEMA_UNSAFE', "The writer's schema is no JSON.", {}, { cause: error });
  }
  new SchemaCensus().visit(schema, '', 0);
  return schema as Schema;
}

/** Walks a schema once and counts; what it does not know is left to avsc, which refuses it. */
class SchemaCensus {
  private readonly counts = { namedTypes: 0, fields: 0, symbols: 0 };
  /** Full names of the types that are being defined further out. */
  private readonly open = new Set<string>();

  visit(node: unknown, namespace: string, depth: number): void {
    if (depth > SCHEMA_LIMITS.depth) throw beyond('depth', depth);
    if (typeof node === 'string') return this.visitName(node, namespace);
    if (Array.isArray(node)) return this.visitUnion(node, namespace, depth);
    if (typeof node !== 'object' || node === null) throw unsafe('holds something that is no type');
    const type = node as Node;
    checkDecimal(type);
    if (typeof type['type'] === 'string' && NAMED.has(type['type'])) return this.visitNamed(type, namespace, depth);
    if (type['type'] === 'array') return this.visit(type['items'], namespace, depth + 1);
    if (type['type'] === 'map') return this.visit(type['values'], namespace, depth + 1);
    return this.visit(type['type'], namespace, depth + 1);
  }

  private visitName(name: string, namespace: string): void {
    checkName(name);
    if (this.open.has(fullName(name, namespace)) || this.open.has(name)) throw unsafe('is recursive');
  }

  private visitUnion(branches: readonly unknown[], namespace: string, depth: number): void {
    if (branches.length > SCHEMA_LIMITS.branches) throw beyond('branches', branches.length);
    for (const branch of branches) this.visit(branch, namespace, depth + 1);
  }

  private visitNamed(type: Node, enclosing: string, depth: number): void {
    this.count('namedTypes', 1);
    const { name, namespace = enclosing, fields, symbols, size } = type;
    if (typeof namespace !== 'string') throw unsafe('has a namespace that is no text');
    if (namespace !== '') checkName(namespace);
    const full = fullName(checkName(name), namespace);
    if (typeof size === 'number' && !(size >= 0 && size <= SCHEMA_LIMITS.fixedBytes)) throw beyond('fixedBytes', size);
    if (Array.isArray(symbols)) this.count('symbols', symbols.length);
    if (!Array.isArray(fields)) return;
    this.count('fields', fields.length);
    this.open.add(full);
    for (const field of fields as readonly Node[]) {
      checkName(field['name']);
      this.visit(field['type'], full.slice(0, Math.max(full.lastIndexOf('.'), 0)), depth + 1);
    }
    this.open.delete(full);
  }

  private count(what: keyof SchemaCensus['counts'], by: number): void {
    this.counts[what] += by;
    if (this.counts[what] > SCHEMA_LIMITS[what]) throw beyond(what, this.counts[what]);
  }
}

/** A huge scale makes a huge text of the smallest number. */
function checkDecimal({ logicalType, precision, scale = 0 }: Node): void {
  if (logicalType !== 'decimal') return;
  const isSound = Number.isInteger(precision) && Number.isInteger(scale) && Number(scale) >= 0;
  if (!isSound || Number(scale) > Number(precision)) throw unsafe('has a decimal without a sound precision and scale');
  if (Number(precision) > SCHEMA_LIMITS.precision) throw beyond('precision', Number(precision));
}

/** avsc makes code of names. */
function checkName(name: unknown): string {
  if (typeof name !== 'string' || !NAME.test(name)) throw unsafe('has a name that is none in Avro');
  if (name.split('.').some(isReservedName)) throw unsafe('has a reserved name');
  return name;
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

function unsafe(what: string): HubError {
  return new HubError('HUB_SCHEMA_UNSAFE', `The writer's schema ${what}.`);
}

function beyond(limit: Limit, found: number): HubError {
  const allowed = SCHEMA_LIMITS[limit];
  const message = `The writer's schema has more than ${allowed} ${limit}.`;
  return new HubError('HUB_SCHEMA_UNSAFE', message, { limit, allowed, found });
}
