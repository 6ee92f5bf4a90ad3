import type { CanonicalFields, CanonicalValue } from '#kernel';
import type { SuiteRecord } from './driver.js';

/** Texts that break naive code: quotes, separators, line ends, other scripts, composed forms, wide emoji, our own escapes. */
const AWKWARD = [
  'O\'Brien & "Söhne"; <b>',
  'a,b;c\td|e',
  'line one\nline two\r\nline three',
  '\\N \\. \\\\ %s $1 {}',
  ' leading and trailing ',
  '\u05e9\u05dc\u05d5\u05dd \u0627\u0644\u0633\u0644\u0627\u0645',
  '\ud83d\udd29\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67 \uff5e',
  '~0;~1=null',
  'NULL',
  '\u00c5ngstr\u00f6m \u1e9b\u0323',
];
/** In UTF-16 order the emoji comes before U+FF5E, in byte order after it; digits are texts, not numbers. */
const AWKWARD_KEYS = ['10', '9', 'a', 'B', '\u00e4', 'Z z', "O'B", '\uff5e', '\ud83d\udd29', 'x;y', 'p,q'];
const WEIGHTS = ['0', '-1', '0.0001', '99999.9999', '9.9', '-0.5', '1000000', null];

/** A plain record; `change` replaces fields. */
export function aRecord(key: string, change: CanonicalFields = {}): SuiteRecord {
  const fields = {
    ean: '4006381333931',
    name: { de: 'Schraube', en: 'Screw' },
    brand: 'ACME',
    weight: '1.25',
    active: true,
  };
  return { key, fields: { ...fields, ...change } };
}

/** Records `A-0001` … with different values. */
export function manyRecords(count: number): SuiteRecord[] {
  return Array.from({ length: count }, (_, n) => aRecord(keyOf(n), { brand: `Brand ${n}`, weight: String(n) }));
}

/** Key of the n-th of `manyRecords`. */
export function keyOf(n: number): string {
  return `A-${String(n).padStart(4, '0')}`;
}

/** One record for every awkward key and text, with nulls and the borders of decimals. */
export function awkwardRecords(): SuiteRecord[] {
  return AWKWARD_KEYS.map((key, n) =>
    aRecord(key, {
      ean: n % 3 === 0 ? null : nth(AWKWARD, n + 1),
      brand: n % 4 === 0 ? '' : nth(AWKWARD, n),
      name: nth<CanonicalValue>([null, { de: nth(AWKWARD, n) }, { de: nth(AWKWARD, n), en: nth(AWKWARD, n + 3) }], n),
      weight: nth(WEIGHTS, n),
      active: nth([true, false, null], n),
    }),
  );
}

/** The records by key, as `SystemDriver.read` gives them. */
export function byKey(records: readonly SuiteRecord[]): Map<string, CanonicalFields> {
  return new Map(records.map(({ key, fields }) => [key, fields]));
}

function nth<T>(values: readonly T[], n: number): T {
  return values[n % values.length] as T;
}
