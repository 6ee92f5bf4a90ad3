import { canonicalize, multiplyDecimals, type Canonicalized } from '#canonical';
import type { EntityDescriptor, FieldDescriptor } from '#contracts';
import type { BusinessKey, CanonicalFields, CanonicalValue } from '#kernel';
import { toBusinessKey } from './business-key.js';
import type { EntityMapping, FieldMapping } from './mapping.js';
import { toInstantInZone } from './zoned-time.js';

/** A record as its system gives it: column, header or property to value. A missing property is absent. */
export type RawRecord = Readonly<Record<string, unknown>>;

/** Type and scale of each canonical field; `ENTITIES[entity].fields` is one. */
export type FieldTypes = Readonly<Record<string, Pick<FieldDescriptor, 'type' | 'scale'>>>;

/** A mapped record, or the first reason why it can't be. */
export type MappedRecord =
  | { readonly ok: true; readonly key: BusinessKey; readonly fields: CanonicalFields }
  | { readonly ok: false; readonly reason: string };

/**
 * Translates a record of the system into key and canonical fields. A source that the record lacks leaves the field
 * absent. An empty text is null for every type but texts, since files and forms have no other word for it.
 */
export function toCanonicalRecord(
  mapping: EntityMapping,
  entity: Pick<EntityDescriptor, 'entity' | 'fields'>,
  raw: RawRecord,
): MappedRecord {
  const key = toBusinessKey(mapping, entity.entity, (column) => readPath(raw, column));
  if (!key.ok) return key;
  const fields: Record<string, CanonicalValue> = {};
  for (const name of Object.keys(mapping.fields)) {
    const value = readField(mapping.fields[name], entity.fields[name], raw);
    if (value === undefined) continue;
    if (!value.ok) return { ok: false, reason: `${name}: ${value.reason}` };
    fields[name] = value.value;
  }
  return { ok: true, key: key.value, fields };
}

/** Canonical value of one raw value through value map, factor and zone. */
export function toCanonicalValue(mapping: FieldMapping, type: FieldTypes[string], raw: unknown): Canonicalized {
  if (raw === null || isBlank(mapping, type, raw)) return { ok: true, value: null };
  if (!mapping.values) return fromSystemValue(mapping, type, raw);
  const text = rawText(raw);
  if (!Object.hasOwn(mapping.values, text))
    return { ok: false, reason: `"${text.slice(0, 40)}" is not in the value map` };
  return fromSystemValue(mapping, type, mapping.values[text]);
}

function isBlank({ values }: FieldMapping, { type }: FieldTypes[string], raw: unknown): boolean {
  return raw === '' && type !== 'text' && type !== 'texts' && values?.[''] === undefined;
}

function fromSystemValue(mapping: FieldMapping, { type, scale }: FieldTypes[string], value: unknown): Canonicalized {
  const options = scale === undefined ? {} : { scale };
  if (type === 'decimal' && mapping.factor !== undefined) {
    const product = multiplyDecimals(rawText(value).trim(), mapping.factor);
    if (product === null) return { ok: false, reason: `"${rawText(value).slice(0, 40)}" is no decimal number` };
    return canonicalize('decimal', product, options);
  }
  if (type === 'instant' && mapping.zone !== undefined && typeof value === 'string')
    return canonicalize('instant', toInstantInZone(value, mapping.zone) ?? value);
  return canonicalize(type, value, options);
}

function rawText(raw: unknown): string {
  return typeof raw === 'string' ? raw : JSON.stringify(raw);
}

function readField(
  mapping: FieldMapping | undefined,
  type: FieldTypes[string] | undefined,
  raw: RawRecord,
): Canonicalized | undefined {
  if (!mapping || !type) return undefined;
  if (typeof mapping.from !== 'string') return readTexts(mapping.from, raw);
  const value = readPath(raw, mapping.from);
  if (value === undefined) return undefined;
  if (type.type === 'texts') return canonicalize('texts', value === '' ? null : toTextsInput(value));
  return toCanonicalValue(mapping, type, value);
}

/** Columns of mapped locales; the field is absent when all of them are, and has no locale that is null. */
function readTexts(from: Readonly<Record<string, string>>, raw: RawRecord): Canonicalized | undefined {
  const texts: Record<string, unknown> = {};
  let found = false;
  for (const locale of Object.keys(from)) {
    const value = readPath(raw, from[locale] ?? '');
    if (value === undefined) continue;
    found = true;
    texts[locale] = value;
  }
  return found ? canonicalize('texts', texts) : undefined;
}

/** A text column may hold the map as JSON. */
function toTextsInput(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** A property of that very name, else the path along the dots. */
function readPath(raw: RawRecord, path: string): unknown {
  if (Object.hasOwn(raw, path)) return raw[path];
  if (!path.includes('.')) return undefined;
  let value: unknown = raw;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as RawRecord)[step];
  }
  return value;
}
