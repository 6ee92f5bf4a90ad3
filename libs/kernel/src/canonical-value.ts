/** Type of a canonical field; it fixes the canonical text, the Avro type and the SQL expression of its digest. */
export type FieldType = 'text' | 'decimal' | 'boolean' | 'instant' | 'texts';

/** Texts by BCP 47 locale: `{ "de": "Schraube", "en": "Screw" }`. */
export type Texts = Readonly<Record<string, string>>;

/**
 * A canonical value. Shape by field type: `text` NFC string; `decimal` string without exponent, superfluous zeros or
 * minus zero (`9.9`); `boolean`; `instant` UTC ISO string with six decimals; `texts` map by locale. `null` says empty.
 */
export type CanonicalValue = string | boolean | Texts | null;

/** Fields of one record. A missing property is *absent* (says nothing); `null` says *empty*. */
export type CanonicalFields = Readonly<Record<string, CanonicalValue>>;

/** Whether a record exists in a system or in the golden store. */
export type RecordStatus = 'live' | 'deleted';
