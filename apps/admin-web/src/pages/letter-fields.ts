/** A field of a value that may be edited. */
export interface LetterField {
  /** `fields.brand`, as an edit names it. */
  readonly path: string;
  /** As text; null: no value. */
  readonly value: string | null;
}

/** What somebody made of a field. */
export type LetterEdits = Readonly<Record<string, string | null>>;

/** The texts, numbers and empty places of a value, in their order; a name with a dot in it can't be edited. Pure. */
export function fieldsOf(value: unknown, path = ''): LetterField[] {
  if (value === null) return [{ path, value: null }];
  if (typeof value !== 'object') return [{ path, value: typeof value === 'string' ? value : JSON.stringify(value) }];
  const entries = Object.entries(value).filter(([name]) => !name.includes('.'));
  return entries.flatMap(([name, inner]) => fieldsOf(inner, path === '' ? name : `${path}.${name}`));
}

/** The edits that differ from what is there. Pure. */
export function changedIn(fields: readonly LetterField[], edits: LetterEdits): LetterField[] {
  return fields.flatMap(({ path, value }) => {
    const edited = edits[path];
    return edited === undefined || edited === value ? [] : [{ path, value: edited }];
  });
}
