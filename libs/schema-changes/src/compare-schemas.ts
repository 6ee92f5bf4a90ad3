import { findUnreadable, type Difference } from './find-unreadable.js';
import { parseSchema, type SchemaJson } from './parse-schema.js';
import { label } from './schema-node.js';

/** Who reads what: the two directions of FULL. */
export const NEW_READERS = 'new readers';
export const OLD_READERS = 'old readers';

/** One of {@link NEW_READERS} and {@link OLD_READERS}. */
export type Readers = typeof NEW_READERS | typeof OLD_READERS;

/** One difference of two versions of a schema, in words. */
export interface SchemaChange {
  /** Full name of the type in which it is. */
  readonly owner: string;
  /** From the nearest record: `Price.amount`. */
  readonly path: string;
  readonly change: string;
  /** Who can't read any more; empty for what is only told. */
  readonly breaks: readonly Readers[];
  /** What to do instead; empty where nobody breaks. */
  readonly advice: string;
}

/** Differences of some kinds. */
type Of<Kind extends Difference['kind']> = Extract<Difference, { readonly kind: Kind }>;
/** What is told, and what to do about it. */
type Words = readonly [string, string];

const NEW_FIELD = 'keep it as it was and add a new field beside it, with a default';
const NEW_MAJOR = 'keep it, or make a new major version in a file of its own (…v2.avsc, another namespace)';
const KEEP_FIELD = 'keep it: a field may go only if its released version has a default';
const GIVE_DEFAULT = 'give it a default, for example ["null", …] with "default": null';

/**
 * The differences of two schemas (parsed JSON, every mention of a type after its definition), breaking ones first. Pure.
 * @throws SchemaMistake for what is no schema
 */
export function compareSchemas(released: SchemaJson, current: SchemaJson): SchemaChange[] {
  const [past, present] = [parseSchema(released), parseSchema(current)];
  const found = new Map<string, SchemaChange>();
  for (const isNewReader of [true, false]) {
    const [reader, writer] = isNewReader ? [present, past] : [past, present];
    for (const difference of findUnreadable(reader, writer)) merge(found, describe(difference, isNewReader));
  }
  return [...found.values()].sort((a, b) => Number(b.breaks.length > 0) - Number(a.breaks.length > 0));
}

function describe(difference: Difference, isNewReader: boolean): SchemaChange {
  const { isBreaking, at } = difference;
  const [change, advice] = wordsOf(difference, isNewReader);
  const breaks: readonly Readers[] = isBreaking ? [isNewReader ? NEW_READERS : OLD_READERS] : [];
  return { owner: at.owner, path: at.path, change, breaks, advice: isBreaking ? advice : '' };
}

/** In which words a difference is told, and what to do about it. */
function wordsOf(difference: Difference, isNewReader: boolean): Words {
  if (difference.kind === 'field' || difference.kind === 'defaulted' || difference.kind === 'symbols')
    return presenceWords(difference, isNewReader);
  if (difference.kind === 'name' || difference.kind === 'size') return namedWords(difference, isNewReader);
  if (difference.kind === 'ambiguous' || difference.kind === 'alias' || difference.kind === 'default')
    return fieldWords(difference, isNewReader);
  return typeWords(difference, isNewReader);
}

function presenceWords(difference: Of<'field' | 'defaulted' | 'symbols'>, isNewReader: boolean): Words {
  switch (difference.kind) {
    case 'symbols':
      return symbolWords(difference.symbols.join(', '), isNewReader);
    case 'field':
      return isNewReader
        ? ['field added without a default', GIVE_DEFAULT]
        : ['field removed that has no default', KEEP_FIELD];
    case 'defaulted':
      return [isNewReader ? 'field added, with a default' : 'field removed, it had a default', ''];
  }
}

function namedWords(difference: Of<'name' | 'size'>, isNewReader: boolean): Words {
  if (difference.kind === 'name') {
    const [past, present] = sides(difference, isNewReader);
    return [`type renamed from ${past.name} to ${present.name}`, NEW_MAJOR];
  }
  const [past, present] = sides(difference, isNewReader);
  return [`size of fixed changed from ${past.size} to ${present.size}`, NEW_FIELD];
}

/** The released side, then today's. */
function sides<Side>(
  { reader, writer }: { readonly reader: Side; readonly writer: Side },
  isNewReader: boolean,
): readonly [Side, Side] {
  return isNewReader ? [writer, reader] : [reader, writer];
}

function typeWords(difference: Of<'type' | 'logical' | 'branch' | 'promoted'>, isNewReader: boolean): Words {
  const [past, present] = sides(difference, isNewReader).map(label);
  const [reader, writer] = [label(difference.reader), label(difference.writer)];
  switch (difference.kind) {
    case 'type':
      return [`type changed from ${past} to ${present}`, NEW_FIELD];
    case 'logical':
      return [`${past} became ${present}: values would be misread`, NEW_FIELD];
    case 'promoted':
      return [`type changed from ${past} to ${present}; both read each other`, ''];
    case 'branch':
      return isNewReader
        ? [`${reader} lacks ${writer}, which is released`, `keep ${writer} among its types`]
        : [`${writer} is new beside the released ${reader}`, NEW_FIELD];
  }
}

function symbolWords(names: string, isNewReader: boolean): Words {
  return isNewReader
    ? [`enum symbols removed: ${names}`, 'keep them; or give the enum a default']
    : [`enum symbols added: ${names}`, 'an enum grows only after a release in which it has a default'];
}

function fieldWords(difference: Of<'ambiguous' | 'alias' | 'default'>, isNewReader: boolean): Words {
  const [past, present] = sides(difference, isNewReader);
  const { reader, writer, kind } = difference;
  switch (kind) {
    case 'ambiguous':
      return [
        `${reader.name} has the alias ${writer.name}, which is a field beside it`,
        'take the alias away, or choose another name',
      ];
    case 'alias':
      return [`field renamed from ${past.name} to ${present.name}: readers of the other version get the default`, ''];
    case 'default':
      return [`default changed from ${toText(past.default)} to ${toText(present.default)}`, ''];
  }
}

function toText(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}

/** One change that breaks both directions is one finding; a type that is used often is told once. */
function merge(found: Map<string, SchemaChange>, change: SchemaChange): void {
  const id = `${change.owner} ${change.path} ${change.change}`;
  const known = found.get(id) ?? change;
  const breaks = [...new Set([...known.breaks, ...change.breaks])];
  found.set(id, { ...known, breaks, advice: known.advice || change.advice });
}
