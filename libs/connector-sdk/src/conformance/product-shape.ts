import type { CanonicalValue } from '#kernel';
import type { SuiteRecord, SuiteShape } from './shape.js';

/** Texts that break naive code: quotes, separators, line ends, other scripts, composed forms, wide emoji, our own escapes. */
export const AWKWARD_TEXTS: readonly string[] = [
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
export const AWKWARD_KEYS: readonly string[] = [
  ...['10', '9', 'a', 'B', '\u00e4', 'Z z', "O'B", '\uff5e', '\ud83d\udd29', 'x;y', 'p,q'],
];
const WEIGHTS = ['0', '-1', '0.0001', '99999.9999', '9.9', '-0.5', '1000000', null];

/** Products: texts as German and English, decimals with four digits, a boolean. Used where a target names no shape. */
export const productShape: SuiteShape = {
  text: 'brand',
  plain: () => ({
    ean: '4006381333931',
    name: { de: 'Schraube', en: 'Screw' },
    brand: 'ACME',
    weight: '1.25',
    active: true,
  }),
  minimal: () => ({}),
  edit: { weight: null, name: { de: 'Mutter' }, active: false },
  awkward: awkwardProducts(),
};

/** One product for every awkward key and text, with nulls and the borders of decimals. */
function awkwardProducts(): SuiteRecord[] {
  return AWKWARD_KEYS.map((key, n) => ({
    key,
    fields: {
      ean: n % 3 === 0 ? null : nth(AWKWARD_TEXTS, n + 1),
      brand: n % 4 === 0 ? '' : nth(AWKWARD_TEXTS, n),
      name: nth<CanonicalValue>(
        [null, { de: nth(AWKWARD_TEXTS, n) }, { de: nth(AWKWARD_TEXTS, n), en: nth(AWKWARD_TEXTS, n + 3) }],
        n,
      ),
      weight: nth(WEIGHTS, n),
      active: nth([true, false, null], n),
    },
  }));
}

function nth<T>(values: readonly T[], n: number): T {
  return values[n % values.length] as T;
}
