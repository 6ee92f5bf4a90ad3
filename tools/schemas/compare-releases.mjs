// All schemas of a tree against those of its last release.

const [NEW_READERS, OLD_READERS] = ['new readers', 'old readers'];
const READERS = {
  [NEW_READERS]: 'new readers cannot read what is already in the topics',
  [OLD_READERS]: 'old readers cannot read what will be written',
};

/**
 * Findings over two lists of `{ file, schema }`, each with the file to edit in place of the type's name. A shared type is
 * told once, in its own file (`sharedFiles`, by full name). `compareSchemas` is that of libs/schema-changes. Pure.
 */
export function compareReleases(released, current, { sharedFiles, compareSchemas }) {
  const found = released.flatMap((past) => {
    const present = findPresent(past, current);
    if (!present) return [missingFile(past)];
    const differences = compareSchemas(past.schema, present.schema).map(({ owner, ...finding }) => ({
      file: sharedFiles.get(owner) ?? present.file,
      ...finding,
    }));
    return present.file === past.file ? differences : [told(past.file, `moved to ${present.file}`), ...differences];
  });
  const added = current
    .filter(({ file, schema }) => isNew(file, schema, released))
    .map(({ file }) => told(file, 'new'));
  return unique([...found, ...added]);
}

/** What a person reads: breaking findings with what to do, then what is only told. Pure. */
export function report(findings) {
  const blocks = findings.map(({ file, path, change, breaks, advice }) => {
    const where = path ? `${file}  ${path}` : file;
    if (breaks.length === 0) return `told: ${where}: ${change}`;
    return [`BREAKS ${where}: ${change}`, ...breaks.map((readers) => `  ${READERS[readers]}`), `  → ${advice}`].join(
      '\n',
    );
  });
  return [...blocks.filter((text) => text.startsWith('BREAKS')), ...blocks.filter((text) => text.startsWith('told'))];
}

function findPresent({ file, schema }, current) {
  const bySamePath = current.find((one) => one.file === file);
  return bySamePath ?? current.find((one) => fullName(one.schema) === fullName(schema));
}

function missingFile({ file, schema }) {
  return {
    file,
    path: '',
    change: `file removed: nothing describes ${fullName(schema)} any more`,
    breaks: [NEW_READERS, OLD_READERS],
    advice: 'keep the file: topics hold its events for as long as they are kept',
  };
}

function isNew(file, schema, released) {
  return !released.some((past) => past.file === file || fullName(past.schema) === fullName(schema));
}

function told(file, change) {
  return { file, path: '', change, breaks: [], advice: '' };
}

function fullName({ namespace, name }) {
  return namespace ? `${namespace}.${name}` : name;
}

function unique(findings) {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}
