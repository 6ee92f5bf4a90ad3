// What a reader with one schema cannot read of what was written with another, by the resolution rules of Avro 1.12.

/** Writers' types that a reader may have widened. */
const PROMOTIONS = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  string: ['bytes'],
  bytes: ['string'],
};

const RULES = { record: walkRecord, enum: walkEnum, fixed: walkFixed, array: walkArray, map: walkMap };

/**
 * Every place where the two differ in a way that matters, by nodes of `parseSchema`. Each difference has a `kind`, the
 * `path` from the nearest record and that record's name as `owner`; `isBreaking` is false for what a reader copes with.
 * Pure.
 */
export function findUnreadable(reader, writer) {
  return walk(reader, writer, { owner: reader.name, path: shortName(reader), open: [] });
}

/** A node as an author would call it. Pure. */
export function label(node) {
  if (node.kind === 'union') return `[${node.branches.map(label).join(', ')}]`;
  if (node.kind === 'array') return `array of ${label(node.items)}`;
  if (node.kind === 'map') return `map of ${label(node.values)}`;
  const text = node.name ? `${node.kind} ${node.name}` : node.kind;
  return node.logical ? `${text} as ${node.logical}` : text;
}

function walk(reader, writer, at) {
  if (writer.kind === 'union') return writer.branches.flatMap((branch) => walkBranch(reader, branch, at));
  if (reader.kind === 'union') return walkBranch(reader, writer, at);
  if (reader.kind !== writer.kind) return walkPromotion(reader, writer, at);
  if (reader.logical !== writer.logical) return [breaking('logical', at, reader, writer)];
  if (reader.name && !isSameName(reader, writer)) return [breaking('name', at, reader, writer)];
  return RULES[reader.kind]?.(reader, writer, at) ?? [];
}

/** One type of the writer: the first branch of the reader that reads it counts; else the one that was meant. */
function walkBranch(reader, branch, at) {
  const targets = reader.kind === 'union' ? reader.branches : [reader];
  const tried = targets.map((target) => ({ target, found: walk(target, branch, at) }));
  const readable = tried.find(({ found }) => !found.some(({ isBreaking }) => isBreaking));
  if (readable) return readable.found;
  const meant = tried.find(({ target }) => target.kind === branch.kind && target.name === branch.name);
  return meant?.found ?? [breaking('branch', at, reader, branch)];
}

function walkPromotion(reader, writer, at) {
  if (!PROMOTIONS[reader.kind]?.includes(writer.kind)) return [breaking('type', at, reader, writer)];
  if (reader.logical !== writer.logical) return [breaking('logical', at, reader, writer)];
  return [note('promoted', at, reader, writer)];
}

function walkRecord(reader, writer, at) {
  // A pair that is being walked further out adds nothing: it is judged there.
  if (at.open.some(([r, w]) => r === reader && w === writer)) return [];
  const open = [...at.open, [reader, writer]];
  return reader.fields.flatMap((field) => {
    const inner = { owner: reader.name, path: `${shortName(reader)}.${field.name}`, open };
    const [source, another] = sourcesOf(field, writer);
    if (!source) return [missingField(field, inner)];
    if (another) return [breaking('ambiguous', inner, field, another)];
    return [...fieldNotes(field, source, inner), ...walk(field.type, source.type, inner)];
  });
}

/** The writer's fields that would be read into this one, by its name or an alias of the reader; Avro allows one. */
function sourcesOf(field, writer) {
  const names = [field.name, ...field.aliases];
  return writer.fields.filter(({ name }) => names.includes(name)).sort((a) => (a.name === field.name ? -1 : 1));
}

function missingField(field, at) {
  const kind = field.default === undefined ? 'field' : 'defaulted';
  return { kind, isBreaking: kind === 'field', at, field: field.name };
}

function fieldNotes(field, source, at) {
  const notes = [];
  if (field.name !== source.name) notes.push(note('alias', at, field, source));
  if (JSON.stringify(field.default) !== JSON.stringify(source.default)) notes.push(note('default', at, field, source));
  return notes;
}

function walkEnum(reader, writer, at) {
  const missing = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  if (missing.length === 0) return [];
  const isBreaking = reader.default === undefined;
  return [{ kind: 'symbols', isBreaking, at: named(reader, at), symbols: missing, reader, writer }];
}

function walkFixed(reader, writer, at) {
  return reader.size === writer.size ? [] : [breaking('size', named(reader, at), reader, writer)];
}

function walkArray(reader, writer, at) {
  return walk(reader.items, writer.items, { ...at, path: `${at.path}[]` });
}

function walkMap(reader, writer, at) {
  return walk(reader.values, writer.values, { ...at, path: `${at.path}{}` });
}

/** What is wrong inside of a named type is told where that type is defined, not where it is used. */
function named(reader, at) {
  return { ...at, owner: reader.name, path: shortName(reader) };
}

function isSameName(reader, writer) {
  return reader.name === writer.name || reader.aliases.includes(writer.name);
}

function shortName({ name = '' }) {
  return name.slice(name.lastIndexOf('.') + 1);
}

function breaking(kind, at, reader, writer) {
  return { kind, isBreaking: true, at, reader, writer };
}

function note(kind, at, reader, writer) {
  return { kind, isBreaking: false, at, reader, writer };
}
