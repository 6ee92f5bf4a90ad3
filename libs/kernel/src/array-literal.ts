/** Text that is no element as it stands: empty, the word NULL, or with a character that means something in a literal. */
const SPECIAL = /^$|^null$|[\s{}",\\]/i;

/**
 * Arrays of statement parameters as the text that PostgreSQL reads them from; everything else as it is. The driver's own way
 * escapes each element by two replacements, which was a sixth of what a first import allocated.
 */
export function withArrayLiterals(values: readonly unknown[]): unknown[] {
  return values.map((value) => (Array.isArray(value) ? toArrayLiteral(value) : value));
}

/**
 * `{a,"b c",NULL,1,true}` for texts, numbers, bigints, booleans and null.
 * @returns the array itself where it holds anything else, for the driver to convert
 */
export function toArrayLiteral(values: readonly unknown[]): string | readonly unknown[] {
  const elements: string[] = [];
  for (const value of values) {
    const element = toElement(value);
    if (element === null) return values;
    elements.push(element);
  }
  return `{${elements.join(',')}}`;
}

function toElement(value: unknown): string | null {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return SPECIAL.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  return null;
}
