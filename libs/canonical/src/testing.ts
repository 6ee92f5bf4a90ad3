import type { CanonicalFields, CanonicalValue, FieldType } from '#kernel';
import fc from 'fast-check';
import { canonicalize } from './canonicalize.js';
import { recordDigest } from './digest.js';

/** Digits after the point of {@link GENERATED_TYPES}' decimal. */
export const GENERATED_SCALE = 4;

/** Fields of generated records, one of each type. */
export const GENERATED_TYPES: Readonly<Record<'label' | 'amount' | 'active' | 'at' | 'names', FieldType>> = {
  label: 'text',
  amount: 'decimal',
  active: 'boolean',
  at: 'instant',
  names: 'texts',
};

/** A record as a foreign database may hold it. */
export interface GeneratedRecord {
  readonly label: string | null;
  readonly amount: string | null;
  readonly active: boolean | null;
  /** With an offset. */
  readonly at: string | null;
  readonly names: Readonly<Record<string, string | null>> | null;
}

/** Any text that a database can hold: composed and decomposed, right to left, emoji, our own separators; no U+0000. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: fc.constantFrom('~', ';', '=', 'e\u0301', '\u00e9', '\u212b', "'", '\\', '\n'), maxLength: 8 }),
    fc.constantFrom('', ' ', 'a ', '~', '~0', 'null', '\ufeffx', '\u{1f1e9}\u{1f1ea}'),
  )
  .map((value) => value.replaceAll('\0', ''));

const decimal = fc.oneof(
  fc.constantFrom('-0', '0.00', '-0.00', '-0.00001', '9.90', '1e3', '-1.5E-3', '0.00005', '123456789012345678.99995'),
  fc.tuple(fc.bigInt(-(10n ** 15n), 10n ** 15n), fc.nat(6)).map(([n, scale]) => `${n}e-${scale}`),
);

/** Both sides of the changes of summer time, in Europe and America, with offsets; and any other time. */
const instant = fc.oneof(
  fc.constantFrom(
    ...['2026-03-29T01:59:59.999999+01:00', '2026-03-29T03:00:00+02:00', '2026-10-25T02:30:00.5+02:00'],
    ...['2026-10-25T02:30:00.500000+01:00', '2026-03-08T02:30:00-05:00', '2026-11-01T01:30:00-04:00'],
    ...['2026-11-01T01:30:00.000001-05:00', '1970-01-01T00:00:00Z'],
  ),
  fc
    .date({ min: new Date('1000-01-01'), max: new Date('9000-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
);

const names = fc.dictionary(fc.constantFrom('de', 'de-AT', 'en', 'pt-BR', 'zh-Hant'), fc.option(text));

/** Records for comparing digests computed in different places: every kind of value that was ever told wrongly. */
export const generatedRecord: fc.Arbitrary<GeneratedRecord> = fc.record({
  label: fc.option(text),
  amount: fc.option(decimal),
  active: fc.option(fc.boolean()),
  at: fc.option(instant),
  names: fc.option(names),
});

/**
 * Digest of the record's fields that are named; the others are absent.
 * @throws Error when a generated value is none of its type
 */
export function digestOfGenerated(record: GeneratedRecord, present: readonly (keyof GeneratedRecord)[]): string {
  const fields: Record<string, CanonicalValue> = {};
  for (const name of present) {
    const result = canonicalize(
      GENERATED_TYPES[name],
      record[name],
      name === 'amount' ? { scale: GENERATED_SCALE } : {},
    );
    if (!result.ok) throw new Error(`${name}: ${result.reason}`);
    fields[name] = result.value;
  }
  return recordDigest(GENERATED_TYPES, fields satisfies CanonicalFields);
}

/** Every way in which fields of a record can be absent, the empty record left out. */
export function presentFields(fields: readonly (keyof GeneratedRecord)[]): (keyof GeneratedRecord)[][] {
  return Array.from({ length: 2 ** fields.length - 1 }, (_, index) =>
    fields.filter((_name, bit) => ((index + 1) >> bit) % 2 === 1),
  );
}
