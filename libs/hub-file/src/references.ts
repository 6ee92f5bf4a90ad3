/** Values of `${NAME}` references by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Where `${scheme:reference}` is looked up, by scheme. Answers null when there is no such secret, or it is not for this place.
 * @param path of the value in the file: `systems.erp.config.url`
 */
export type SecretSources = Readonly<Record<string, (reference: string, path: string) => string | null>>;

/** What references are looked up in. */
export interface Sources {
  readonly env: Variables;
  readonly secrets?: SecretSources | undefined;
}

/** A text with its references replaced, and what was wrong with them. Names only: a value never enters a problem. */
export interface ExpandedText {
  readonly text: string;
  readonly missing: readonly string[];
  readonly malformed: readonly string[];
  /** Schemes of secrets that can't be had. */
  readonly closed: readonly string[];
}

const REFERENCE = /\$\$\{|\$\{([^}]*)(\})?/g;
const SECRET = /^([a-z]+):(?!-)(.+)$/s;
const NAME = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Replaces `${NAME}`, `${NAME:-default}` and `${scheme:reference}`; `$${` is a plain `${`. An empty variable counts as missing, as in
 * a compose file where an unset variable arrives as an empty one.
 */
export function expandReferences(source: string, { env, secrets = {} }: Sources, path = ''): ExpandedText {
  const found: Found = { missing: [], malformed: [], closed: [] };
  const text = source.replace(REFERENCE, (whole: string, inside: string | undefined, end: string | undefined) => {
    if (inside === undefined) return '${';
    const secret = end === undefined ? null : secretOf(inside, secrets, path);
    if (secret === 'closed') found.closed.push(inside.slice(0, inside.indexOf(':')));
    else if (secret === null) return variableOf(inside, end !== undefined, env, found) ?? whole;
    return secret === 'closed' ? whole : secret.text;
  });
  return { text, ...found };
}

interface Found {
  readonly missing: string[];
  readonly malformed: string[];
  readonly closed: string[];
}

/** Null where it is no reference to a secret. */
function secretOf(inside: string, secrets: SecretSources, path: string): { readonly text: string } | 'closed' | null {
  const [, scheme, reference] = SECRET.exec(inside) ?? [];
  if (scheme === undefined || reference === undefined || !Object.hasOwn(secrets, scheme)) return null;
  const text = secrets[scheme]?.(reference, path) ?? null;
  return text === null ? 'closed' : { text };
}

function variableOf(inside: string, isClosed: boolean, env: Variables, found: Found): string | undefined {
  const [, name, byDefault] = (isClosed && NAME.exec(inside)) || [];
  if (name === undefined) {
    found.malformed.push(inside);
    return undefined;
  }
  const value = env[name] || byDefault;
  if (value === undefined) found.missing.push(name);
  return value;
}
