const SECRET_NAME = /token|password|passwd|secret|authorization|cookie|api[-_]?key|credential/i;
const HIDDEN = '[hidden]';
const MAX_DEPTH = 5;

/** Facts fit for a log or a page, down to a depth: secrets hidden by name, passwords in URLs hidden, errors and big integers as plain values. */
export function redactFacts(facts: Readonly<Record<string, unknown>>, maxDepth = MAX_DEPTH): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, SECRET_NAME.test(name) ? HIDDEN : plain(value, 1, maxDepth)]),
  );
}

/** Hides the user and password of URLs in a text. */
export function redactText(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${HIDDEN}@`);
}

function plain(value: unknown, depth: number, maxDepth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Error) return plainError(value, depth, maxDepth);
  if (value instanceof Date) return value.toISOString();
  if (depth >= maxDepth) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1, maxDepth));
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([name, inner]) => [name, SECRET_NAME.test(name) ? HIDDEN : plain(inner, depth + 1, maxDepth)]),
  );
}

function plainError(error: Error, depth: number, maxDepth: number): Record<string, unknown> {
  const { code } = error as { readonly code?: unknown };
  return {
    message: redactText(error.message),
    ...(typeof code === 'string' && { code }),
    ...(error.stack && { stack: redactText(error.stack) }),
    ...(error.cause !== undefined && depth < maxDepth && { cause: plain(error.cause, depth + 1, maxDepth) }),
  };
}
