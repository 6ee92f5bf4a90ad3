import type { CanonicalValue } from '#kernel';

const SPECIAL = /[\\\n\r\t]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * A canonical value in the text form of `COPY`, with the tab as delimiter; texts by language as JSON.
 * @see https://www.postgresql.org/docs/current/sql-copy.html "Text Format"
 */
export function copyText(value: CanonicalValue): string {
  if (value === null) return '\\N';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replace(SPECIAL, (character) => ESCAPES[character] ?? character);
}
