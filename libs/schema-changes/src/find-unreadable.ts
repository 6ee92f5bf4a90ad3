import {
  shortName,
  type EnumNode,
  type FieldNode,
  type FixedNode,
  type NamedNode,
  type RecordNode,
  type SchemaNode,
} from './schema-node.js';

/** Where two schemas differ: the path from the nearest record, and that record's full name. */
export interface Place {
  readonly owner: string;
  readonly path: string;
}

/** One place where a reader and a writer differ in a way that matters. */
export type Difference = { readonly at: Place; readonly isBreaking: boolean } & (
  | OfKind<'type' | 'logical' | 'branch' | 'promoted', Pair<SchemaNode>>
  | OfKind<'name', Pair<NamedNode>>
  | OfKind<'size', Pair<FixedNode>>
  | OfKind<'symbols', { readonly symbols: readonly string[] }>
  | OfKind<'field' | 'defaulted', { readonly field: string }>
  | OfKind<'ambiguous' | 'alias' | 'default', Pair<FieldNode>>
);

interface Pair<Side> {
  readonly reader: Side;
  readonly writer: Side;
}

/** One member for each kind, so that a kind tells the parts. */
type OfKind<Kind extends string, Parts> = Kind extends string ? { readonly kind: Kind } & Parts : never;

interface Walk extends Place {
  /** Pairs of records that are being walked further out. */
  readonly open: readonly (readonly [RecordNode, RecordNode])[];
}

/** Writers' types that a reader may have widened. */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  string: ['bytes'],
  bytes: ['string'],
};

/**
 * Every place where the two differ in a way that matters, by the resolution rules of Avro 1.12. `isBreaking` is false for what
 * a reader copes with. Pure. @see https://avro.apache.org/docs/1.12.0/specification/#schema-resolution
 */
export function findUnreadable(reader: SchemaNode, writer: SchemaNode): Difference[] {
  return walk(reader, writer, { owner: 'name' in reader ? reader.name : '', path: shortName(reader), open: [] });
}

function walk(reader: SchemaNode, writer: SchemaNode, at: Walk): Difference[] {
  if (writer.kind === 'union') return writer.branches.flatMap((branch) => walkBranch(reader, branch, at));
  if (reader.kind === 'union') return walkBranch(reader, writer, at);
  if (reader.kind !== writer.kind) return walkPromotion(reader, writer, at);
  if (reader.logical !== writer.logical) return [{ kind: 'logical', isBreaking: true, at, reader, writer }];
  if ('name' in reader && 'name' in writer && !isSameName(reader, writer))
    return [{ kind: 'name', isBreaking: true, at, reader, writer }];
  return walkParts(reader, writer, at);
}

/** Two nodes of one kind and name. */
function walkParts(reader: SchemaNode, writer: SchemaNode, at: Walk): Difference[] {
  if (reader.kind === 'record' && writer.kind === 'record') return walkRecord(reader, writer, at);
  if (reader.kind === 'enum' && writer.kind === 'enum') return walkEnum(reader, writer, at);
  if (reader.kind === 'fixed' && writer.kind === 'fixed') return walkFixed(reader, writer, at);
  return walkItems(reader, writer, at);
}

function walkItems(reader: SchemaNode, writer: SchemaNode, at: Walk): Difference[] {
  if (reader.kind === 'array' && writer.kind === 'array')
    return walk(reader.items, writer.items, { ...at, path: `${at.path}[]` });
  if (reader.kind === 'map' && writer.kind === 'map')
    return walk(reader.values, writer.values, { ...at, path: `${at.path}{}` });
  return [];
}

/** One type of the writer: the first branch of the reader that reads it counts; else the one that was meant. */
function walkBranch(reader: SchemaNode, branch: SchemaNode, at: Walk): Difference[] {
  const targets = reader.kind === 'union' ? reader.branches : [reader];
  const tried = targets.map((target) => ({ target, found: walk(target, branch, at) }));
  const readable = tried.find(({ found }) => !found.some(({ isBreaking }) => isBreaking));
  if (readable) return readable.found;
  const meant = tried.find(({ target }) => target.kind === branch.kind && nameOf(target) === nameOf(branch));
  return meant?.found ?? [{ kind: 'branch', isBreaking: true, at, reader, writer: branch }];
}

function walkPromotion(reader: SchemaNode, writer: SchemaNode, at: Walk): Difference[] {
  if (!PROMOTIONS[reader.kind]?.includes(writer.kind)) return [{ kind: 'type', isBreaking: true, at, reader, writer }];
  if (reader.logical !== writer.logical) return [{ kind: 'logical', isBreaking: true, at, reader, writer }];
  return [{ kind: 'promoted', isBreaking: false, at, reader, writer }];
}

function walkRecord(reader: RecordNode, writer: RecordNode, at: Walk): Difference[] {
  // A pair that is being walked further out adds nothing: it is judged there.
  if (at.open.some(([r, w]) => r === reader && w === writer)) return [];
  const open = [...at.open, [reader, writer] as const];
  return reader.fields.flatMap((field) => {
    const inner = { owner: reader.name, path: `${shortName(reader)}.${field.name}`, open };
    const [source, another] = sourcesOf(field, writer);
    if (!source) return [missingField(field, inner)];
    if (another) return [{ kind: 'ambiguous', isBreaking: true, at: inner, reader: field, writer: another }];
    return [...fieldNotes(field, source, inner), ...walk(field.type, source.type, inner)];
  });
}

/** The writer's fields that would be read into this one, by its name or an alias of the reader; Avro allows one. */
function sourcesOf(field: FieldNode, writer: RecordNode): readonly FieldNode[] {
  const names = [field.name, ...field.aliases];
  return writer.fields.filter(({ name }) => names.includes(name)).sort((a) => (a.name === field.name ? -1 : 1));
}

function missingField(field: FieldNode, at: Place): Difference {
  const kind = field.default === undefined ? 'field' : 'defaulted';
  return { kind, isBreaking: kind === 'field', at, field: field.name };
}

function fieldNotes(reader: FieldNode, writer: FieldNode, at: Place): Difference[] {
  const notes: Difference[] = [];
  if (reader.name !== writer.name) notes.push({ kind: 'alias', isBreaking: false, at, reader, writer });
  if (JSON.stringify(reader.default) !== JSON.stringify(writer.default))
    notes.push({ kind: 'default', isBreaking: false, at, reader, writer });
  return notes;
}

function walkEnum(reader: EnumNode, writer: EnumNode, at: Walk): Difference[] {
  const symbols = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  if (symbols.length === 0) return [];
  return [{ kind: 'symbols', isBreaking: reader.default === undefined, at: named(reader, at), symbols }];
}

function walkFixed(reader: FixedNode, writer: FixedNode, at: Walk): Difference[] {
  if (reader.size === writer.size) return [];
  return [{ kind: 'size', isBreaking: true, at: named(reader, at), reader, writer }];
}

/** What is wrong inside of a named type is told where that type is defined, not where it is used. */
function named(reader: EnumNode | FixedNode, at: Walk): Walk {
  return { ...at, owner: reader.name, path: shortName(reader) };
}

function isSameName(reader: NamedNode, writer: NamedNode): boolean {
  return reader.name === writer.name || reader.aliases.includes(writer.name);
}

function nameOf(node: SchemaNode): string | undefined {
  return 'name' in node ? node.name : undefined;
}
