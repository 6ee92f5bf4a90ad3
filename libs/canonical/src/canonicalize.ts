import { parseInstant, type CanonicalValue, type FieldType } from '#kernel';
import { canonicalDecimal } from './decimal.js';
import { sortedKeys } from './sorted-keys.js';

/** A canonical value, or why the input is none. */
export type Canonicalized =
  { readonly ok: true; readonly value: CanonicalValue } | { readonly ok: false; readonly reason: string };

/** What canonical form depends on besides the type. */
export interface CanonicalOptions {
  /** Digits after the point that the field can hold; a decimal is rounded half away from zero to it. */
  readonly scale?: number;
}

/** Most texts: nothing to compose, nothing to refuse. */
const PLAIN = /^[ -~\t\r\n]*$/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const LOCALE = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/;
const TRUE = new Set(['true', 't', '1', 'yes', 'y']);
const FALSE = new Set(['false', 'f', '0', 'no', 'n']);

/**
 * The one canonical form of a value: equal meaning gives equal form. Texts are NFC; decimals exact, without exponent,
 * superfluous zeros or minus zero; instants UTC with micro-seconds; texts sorted by locale, without empty locales.
 * `null` and `undefined` are null (empty), and so are texts without any locale. Nothing is guessed: what is not of the
 * type is refused with a reason that names the fault and no payload longer than 40 characters.
 */
export function canonicalize(type: FieldType, value: unknown, options: CanonicalOptions = {}): Canonicalized {
  if (value === null || value === undefined) return { ok: true, value: null };
  switch (type) {
    case 'text':
      return canonicalizeText(value);
    case 'decimal':
      return canonicalizeDecimal(value, options.scale);
    case 'boolean':
      return canonicalizeBoolean(value);
    case 'instant':
      return canonicalizeInstant(value);
    case 'texts':
      return canonicalizeTexts(value);
  }
}

function accept(value: CanonicalValue): Canonicalized {
  return { ok: true, value };
}

function refuse(value: unknown, what: string): Canonicalized {
  const shown =
    typeof value === 'string' || typeof value === 'number' ? `"${String(value).slice(0, 40)}"` : 'the value';
  return { ok: false, reason: `${shown} is ${what}` };
}

function canonicalizeText(value: unknown): Canonicalized {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return accept(String(value));
  if (typeof value !== 'string') return refuse(value, 'no text');
  if (PLAIN.test(value)) return accept(value);
  if (value.includes('\0')) return { ok: false, reason: 'the text contains the character U+0000' };
  if (LONE_SURROGATE.test(value)) return { ok: false, reason: 'the text is not valid Unicode' };
  return accept(value.normalize('NFC'));
}

function canonicalizeDecimal(value: unknown, scale: number | undefined): Canonicalized {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint')
    return refuse(value, 'no decimal number');
  const decimal = canonicalDecimal(String(value), scale);
  return decimal === null ? refuse(value, 'no decimal number') : accept(decimal);
}

function canonicalizeBoolean(value: unknown): Canonicalized {
  if (typeof value === 'boolean') return accept(value);
  const text = String(value).trim().toLowerCase();
  if (TRUE.has(text)) return accept(true);
  return FALSE.has(text) ? accept(false) : refuse(value, 'neither true nor false');
}

function canonicalizeInstant(value: unknown): Canonicalized {
  const text = value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : value;
  if (typeof text !== 'string') return refuse(value, 'no time');
  const instant = isCalendarDay(text) ? parseInstant(text.trim()) : null;
  return instant ? accept(instant) : refuse(value, 'no time with an offset (2026-11-23T04:05:06Z)');
}

/** `Date.parse` turns 30 February into 2 March. */
function isCalendarDay(text: string): boolean {
  const match = /^\s*(\d{4})-(\d\d)-(\d\d)/.exec(text);
  if (!match) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return year > 0 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function canonicalizeTexts(value: unknown): Canonicalized {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(value, 'no map of texts');
  const texts: Record<string, string> = {};
  for (const locale of sortedKeys(value)) {
    if (!LOCALE.test(locale)) return refuse(locale, 'no language tag');
    const text = canonicalize('text', (value as Record<string, unknown>)[locale]);
    if (!text.ok) return { ok: false, reason: `${locale}: ${text.reason}` };
    if (text.value !== null) texts[locale] = text.value as string;
  }
  return accept(Object.keys(texts).length > 0 ? texts : null);
}
