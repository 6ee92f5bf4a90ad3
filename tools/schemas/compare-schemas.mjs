// Two versions of a schema, both ways: FULL compatibility, with words for people.
import { findUnreadable, label } from './find-unreadable.mjs';
import { parseSchema } from './parse-schema.mjs';

/** Who reads what: the two directions of FULL. */
export const NEW_READERS = 'new readers';
export const OLD_READERS = 'old readers';

const NEW_FIELD = 'keep it as it was and add a new field beside it, with a default';
const NEW_MAJOR = 'keep it, or make a new major version in a file of its own (…v2.avsc, another namespace)';

/** In which words a difference is told; `past` and `present` are the released side and today's. */
const WORDS = {
  type: ({ past, present }) => [`type changed from ${label(past)} to ${label(present)}`, NEW_FIELD],
  logical: ({ past, present }) => [`${label(past)} became ${label(present)}: values would be misread`, NEW_FIELD],
  name: ({ past, present }) => [`type renamed from ${past.name} to ${present.name}`, NEW_MAJOR],
  size: ({ past, present }) => [`size of fixed changed from ${past.size} to ${present.size}`, NEW_FIELD],
  branch: ({ isNewReader, reader, writer }) =>
    isNewReader
      ? [`${label(reader)} lacks ${label(writer)}, which is released`, `keep ${label(writer)} among its types`]
      : [`${label(writer)} is new beside the released ${label(reader)}`, NEW_FIELD],
  field: ({ isNewReader }) =>
    isNewReader
      ? ['field added without a default', 'give it a default, for example ["null", …] with "default": null']
      : ['field removed that has no default', 'keep it: a field may go only if its released version has a default'],
  symbols: ({ isNewReader, symbols }) => {
    const names = symbols.join(', ');
    return isNewReader
      ? [`enum symbols removed: ${names}`, 'keep them; or give the enum a default']
      : [`enum symbols added: ${names}`, 'an enum grows only after a release in which it has a default'];
  },
  ambiguous: ({ reader, writer }) => [
    `${reader.name} has the alias ${writer.name}, which is a field beside it`,
    'take the alias away, or choose another name',
  ],
  defaulted: ({ isNewReader }) => [isNewReader ? 'field added, with a default' : 'field removed, it had a default'],
  alias: ({ past, present }) => [
    `field renamed from ${past.name} to ${present.name}: readers of the other version get the default`,
  ],
  default: ({ past, present }) => [
    `default changed from ${JSON.stringify(past.default) ?? 'none'} to ${JSON.stringify(present.default) ?? 'none'}`,
  ],
  promoted: ({ past, present }) => [`type changed from ${label(past)} to ${label(present)}; both read each other`],
};

/**
 * The differences of two schemas (parsed JSON, every mention of a type after its definition), breaking ones first:
 * `{ owner, path, change, breaks, advice }`. `breaks` names who cannot read any more, and is empty for what is only told;
 * `owner` is the full name of the type in which it is. Pure.
 */
export function compareSchemas(released, current) {
  const past = parseSchema(released);
  const present = parseSchema(current);
  const found = new Map();
  for (const isNewReader of [true, false]) {
    const [reader, writer] = isNewReader ? [present, past] : [past, present];
    for (const difference of findUnreadable(reader, writer)) merge(found, describe(difference, isNewReader));
  }
  return [...found.values()].sort((a, b) => Number(b.breaks.length > 0) - Number(a.breaks.length > 0));
}

function describe({ kind, isBreaking, at, ...facts }, isNewReader) {
  const { reader, writer } = facts;
  const [past, present] = isNewReader ? [writer, reader] : [reader, writer];
  const [change, advice = ''] = WORDS[kind]({ ...facts, isNewReader, past, present });
  const breaks = isBreaking ? [isNewReader ? NEW_READERS : OLD_READERS] : [];
  return { owner: at.owner, path: at.path, change, breaks, advice: isBreaking ? advice : '' };
}

/** One change that breaks both directions is one finding; a type that is used often is told once. */
function merge(found, finding) {
  const id = `${finding.owner} ${finding.path} ${finding.change}`;
  const known = found.get(id) ?? finding;
  const breaks = [...new Set([...known.breaks, ...finding.breaks])];
  found.set(id, { ...known, breaks, advice: known.advice || finding.advice });
}
