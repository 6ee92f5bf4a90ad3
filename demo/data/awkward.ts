/** Texts that have broken somebody's interface before: quotes, separators, other scripts, emoji, markup, great length. */
export const AWKWARD_TEXTS = [
  'Größe „XL“, Übergröße & Maß',
  `O'Neill "Pro" \\ Deluxe`,
  'Schraube; verzinkt; M8, 20 Stück',
  '🔩 Schraube 👩🏽‍🔧 Profi',
  '六角螺栓 M8×20（不锈钢）',
  'مسمار سداسي M8',
  'NULL',
  '=1+1',
  '<b>Sonder</b>posten &amp; Reste',
  'Zeile eins\nZeile zwei\tmit Tabulator',
  '  Leerraum am Anfang',
  `Ein sehr langer Name: ${'Donaudampfschifffahrtsgesellschaftskapitän '.repeat(12).trim()}`,
] as const;

/** Article numbers of the same kind; each is put before a number, so that all differ. */
export const AWKWARD_SKUS = ['000', 'ÄÖÜ-', 'M8/20;', `5"-`, `O'S-`, '螺-', '🔩-', '1e', 'A|B|', 'X@Y@'] as const;

/** One record of so many is awkward. */
export const AWKWARD_EVERY = 25;
