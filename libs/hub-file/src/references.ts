/** Values of `${NAME}` references by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A text with its references replaced, and what was wrong with them. Names only: a value never enters a problem. */
export interface ExpandedText {
  readonly text: string;
  readonly missing: readonly string[];
  readonly malformed: readonly string[];
}

const REFERENCE = /\$\$\{|\$\{([^}]*)(\})?/g;
const NAME = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Replaces `${NAME}` and `${NAME:-default}`; `$${` is a plain `${`. An empty variable counts as missing, as in
 * a compose file where an unset variable arrives as an empty one.
 */
export function expandReferences(source: string, variables: Variables): ExpandedText {
  const missing: string[] = [];
  const malformed: string[] = [];
  const text = source.replace(REFERENCE, (whole: string, inside: string | undefined, end: string | undefined) => {
    if (inside === undefined) return '${';
    const match = end === undefined ? null : NAME.exec(inside);
    if (!match?.[1]) {
      malformed.push(inside);
      return whole;
    }
    const value = variables[match[1]] || match[2];
    if (value === undefined) missing.push(match[1]);
    return value ?? whole;
  });
  return { text, missing, malformed };
}
