import { canonicalDecimal, divideDecimals, sortedKeys } from '#canonical';
import type { CanonicalFields, CanonicalValue, Texts } from '#kernel';
import type { EntityMapping, FieldMapping } from './mapping.js';
import { toCanonicalValue, type FieldTypes } from './read-mapping.js';
import { toWallClock } from './zoned-time.js';

/** A value for one column of the system: decimals and times are texts, a map of texts is JSON. */
export type SystemValue = string | boolean | Texts | null;

/** Values by column, or why the system can't hold them. */
export type SystemValues =
  | { readonly ok: true; readonly values: Readonly<Record<string, SystemValue>> }
  | { readonly ok: false; readonly reason: string };

type Converted = { readonly ok: true; readonly value: SystemValue } | { readonly ok: false; readonly reason: string };

/**
 * Translates canonical fields into the system's columns: the inverse of `toCanonicalRecord`, with decimals rounded to
 * the mapping's `scale` and texts cut to its `maxLength`. Read-only and unmapped fields are left out. Of texts only the
 * mapped locales are written, a missing one as null.
 */
export function toSystemValues(mapping: EntityMapping, fields: CanonicalFields): SystemValues {
  const values: Record<string, SystemValue> = {};
  for (const name of Object.keys(fields)) {
    const field = mapping.fields[name];
    const value = fields[name];
    if (!field || field.readOnly || value === undefined) continue;
    if (typeof field.from !== 'string') {
      writeTexts(values, field, value as Texts | null);
      continue;
    }
    const converted = toSystemValue(field, value);
    if (!converted.ok) return { ok: false, reason: `${name}: ${converted.reason}` };
    values[field.from] = converted.value;
  }
  return { ok: true, values };
}

/**
 * What the system can hold of these fields: the canonical form after a write and a read. Desired values go through it
 * before they are compared, so that rounding and cutting never look like drift. Fields that are unmapped or read-only
 * are left out; a value that the mapping can't write stays as it is, so that the write is rejected with its reason.
 */
export function projectDesired(mapping: EntityMapping, types: FieldTypes, fields: CanonicalFields): CanonicalFields {
  const projected: Record<string, CanonicalValue> = {};
  for (const name of Object.keys(fields)) {
    const field = mapping.fields[name];
    const type = types[name];
    const value = fields[name];
    if (!field || !type || field.readOnly || value === undefined) continue;
    projected[name] = projectValue(field, type, value);
  }
  return projected;
}

function projectValue(field: FieldMapping, type: FieldTypes[string], value: CanonicalValue): CanonicalValue {
  if (value === null) return null;
  if (typeof value === 'object') return projectTexts(field, value);
  const written = toSystemValue(field, value);
  if (!written.ok) return value;
  const read = toCanonicalValue(field, type, written.value);
  return read.ok ? read.value : value;
}

function projectTexts(field: FieldMapping, texts: Texts): CanonicalValue {
  const locales = sortedKeys(typeof field.from === 'string' ? texts : field.from);
  const projected: Record<string, string> = {};
  for (const locale of locales) {
    const text = texts[locale];
    if (text !== undefined) projected[locale] = cut(text, field.maxLength);
  }
  return Object.keys(projected).length > 0 ? projected : null;
}

function writeTexts(values: Record<string, SystemValue>, field: FieldMapping, texts: Texts | null): void {
  for (const [locale, column] of Object.entries(field.from)) {
    const text = texts?.[locale];
    values[column] = text === undefined ? null : cut(text, field.maxLength);
  }
}

function toSystemValue(field: FieldMapping, value: CanonicalValue): Converted {
  if (value === null) return { ok: true, value: null };
  if (typeof value === 'object') return { ok: true, value: projectTexts(field, value) };
  if (field.values) return toMappedValue(field.values, value);
  if (typeof value === 'boolean') return { ok: true, value };
  if (field.factor !== undefined || field.scale !== undefined) return toSystemDecimal(field, value);
  if (field.zone !== undefined) return { ok: true, value: toWallClock(value, field.zone) };
  return { ok: true, value: cut(value, field.maxLength) };
}

function toMappedValue(map: Readonly<Record<string, string>>, value: string | boolean): Converted {
  const entry = Object.entries(map).find(([, canonical]) => canonical === String(value));
  if (!entry)
    return { ok: false, reason: `"${String(value).slice(0, 40)}" has no value of the system in the value map` };
  return { ok: true, value: entry[0] };
}

function toSystemDecimal(field: FieldMapping, value: string): Converted {
  const decimal =
    field.factor === undefined
      ? canonicalDecimal(value, field.scale)
      : divideDecimals(value, field.factor, field.scale);
  if (decimal !== null) return { ok: true, value: decimal };
  return {
    ok: false,
    reason: `${value.slice(0, 40)} can't be divided by ${field.factor ?? '1'} exactly; name a scale`,
  };
}

/** Cuts to so many code points, as the length of a varchar counts. */
function cut(text: string, maxLength: number | undefined): string {
  if (maxLength === undefined || text.length <= maxLength) return text;
  return [...text].slice(0, maxLength).join('');
}
