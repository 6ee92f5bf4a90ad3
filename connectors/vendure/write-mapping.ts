import { toKeyColumns, toSystemValues, type RecordWrite, type SystemValue } from '#connector-sdk';
import { createHash } from 'node:crypto';
import { customFieldOf, type EntityPlan } from './entity-plan.js';
import type { Shop } from './shop.js';

type Columns = Readonly<Record<string, SystemValue>>;
/** Input of a mutation. */
export type Input = Readonly<Record<string, unknown>>;

/** A write in columns: those of its fields, and those of its key. */
export interface ColumnWrite {
  readonly values: Columns;
  readonly key: Readonly<Record<string, string>>;
}

export type Translated<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

const NUMBERS = new Set(['int', 'float']);

/** Columns of a write, or why Vendure can't hold them. */
export function toColumnWrite(plan: EntityPlan, shop: Shop, write: RecordWrite): Translated<ColumnWrite> {
  const key = toKeyColumns(plan.mapping, plan.entity, write.key);
  if (!key.ok) return key;
  const list = key.value['list'];
  if (list !== undefined && list !== shop.channel.code)
    return { ok: false, reason: `the price list "${list}" is not this channel, "${shop.channel.code}"` };
  if (write.operation === 'delete') return { ok: true, value: { values: {}, key: key.value } };
  const values = toSystemValues(plan.mapping, write.fields);
  if (!values.ok) return values;
  const typed: Record<string, SystemValue> = {};
  for (const [column, value] of Object.entries(values.values)) {
    const problem = findProblem(plan, shop, column, value);
    if (problem !== null) return { ok: false, reason: `${column}: ${problem}` };
    // what is written by a create or by nobody, since it is the key
    if (!(column in key.value)) typed[column] = value;
  }
  return { ok: true, value: { values: typed, key: key.value } };
}

/** `UpdateProductVariantInput` without id, or the part of `CreateProductVariantInput` that comes from fields. */
export function toVariantInput(values: Columns, shop: Shop): Input {
  const translations = toTranslations(values, '', ['name']);
  const customFields = toCustomFields(values, '', shop.customFields['ProductVariant'] ?? []);
  return {
    ...('enabled' in values ? { enabled: values['enabled'] } : {}),
    ...(translations.length > 0 ? { translations } : {}),
    ...(customFields === null ? {} : { customFields }),
  };
}

/** `UpdateProductInput` without id; null when no field of Vendure's own product is written. */
export function toProductInput(values: Columns): Input | null {
  const translations = toTranslations(values, 'product.', ['name', 'description']);
  const input = {
    ...('product.enabled' in values ? { enabled: values['product.enabled'] } : {}),
    ...(translations.length > 0 ? { translations } : {}),
  };
  return Object.keys(input).length > 0 ? input : null;
}

/** `CreateProductInput`: named like its variant, with a slug by which a create cut short is found again. */
export function toNewProduct({ values, key }: ColumnWrite, shop: Shop): Input {
  const slug = slugOf(key['sku'] ?? '');
  const own = new Map(
    toTranslations(values, 'product.', ['name', 'description']).map((one) => [one.languageCode, one]),
  );
  const names = toTranslations(values, '', ['name']).filter(({ name }) => name !== '');
  const languages = new Set([shop.channel.defaultLanguage, ...names.map((one) => one.languageCode), ...own.keys()]);
  const translations = [...languages].map((languageCode) => {
    const named = names.find((one) => one.languageCode === languageCode) ?? names[0];
    return { languageCode, slug, name: named?.name ?? '', description: '', ...own.get(languageCode) };
  });
  return { enabled: values['product.enabled'] ?? true, translations };
}

/** `CreateProductVariantInput`: a variant has at least one translation. */
export function toNewVariant({ values, key }: ColumnWrite, productId: string, shop: Shop): Input {
  const input = toVariantInput(values, shop);
  const written = toTranslations(values, '', ['name']).filter(({ name }) => name !== '');
  const translations = written.length > 0 ? written : [{ languageCode: shop.channel.defaultLanguage, name: '' }];
  return { ...input, ...key, productId, translations };
}

/** Fields of `CreateCustomerInput` or `UpdateCustomerInput`. */
export function toCustomerInput(values: Columns, shop: Shop): Input {
  const plain = Object.entries(values).filter(([column]) => customFieldOf(column) === null);
  const customFields = toCustomFields(values, '', shop.customFields['Customer'] ?? []);
  return { ...Object.fromEntries(plain), ...(customFields === null ? {} : { customFields }) };
}

/** The same for the same SKU always, and different for different ones. */
export function slugOf(sku: string): string {
  const readable = sku
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return `${readable === '' ? 'sku' : readable}-${createHash('sha256').update(sku).digest('hex').slice(0, 10)}x`;
}

const REQUIRED = ['enabled', 'product.enabled', 'amount', 'onHand', 'firstName', 'lastName', 'emailAddress'];
const WHOLE = ['amount', 'onHand'];

function findProblem(plan: EntityPlan, shop: Shop, column: string, value: SystemValue): string | null {
  if (value === null) return REQUIRED.includes(column) ? 'Vendure has no empty value here' : null;
  if (WHOLE.includes(column)) return isWhole(value) ? null : 'must be a whole number; see factor and scale';
  const type = typeOf(plan, shop, column);
  if (type === 'int' && !isWhole(value)) return 'must be a whole number';
  return type === 'float' && !isExact(value) ? 'is no number of 15 digits, as a float can hold' : null;
}

function typeOf({ shape }: EntityPlan, shop: Shop, column: string): string | undefined {
  const own = shape.list === 'customers' ? 'Customer' : 'ProductVariant';
  return shop.customFields[own]?.find(({ name }) => name === customFieldOf(column))?.type;
}

function isWhole(value: SystemValue): boolean {
  return typeof value === 'string' && Number.isSafeInteger(Number(value));
}

/** Fifteen significant digits survive a double. */
function isExact(value: SystemValue): boolean {
  return typeof value === 'string' && value.replace(/^-?0*\.?0*|\./g, '').length <= 15;
}

/** Columns `name.de` by language; a map of texts (`name`) is one whose languages are all written. */
function toTranslations(
  values: Columns,
  prefix: string,
  fields: readonly string[],
): ({ readonly languageCode: string } & Partial<Record<string, string>>)[] {
  const byLanguage = new Map<string, Record<string, string>>();
  for (const [column, value] of Object.entries(values)) {
    const field = fields.find((name) => column === `${prefix}${name}` || column.startsWith(`${prefix}${name}.`));
    if (field === undefined) continue;
    const language = column.slice(prefix.length + field.length + 1);
    const texts = language === '' ? toLanguages(value) : { [language]: typeof value === 'string' ? value : '' };
    for (const [code, text] of Object.entries(texts)) byLanguage.set(code, { ...byLanguage.get(code), [field]: text });
  }
  return [...byLanguage].map(([languageCode, texts]) => ({ ...texts, languageCode }));
}

function toLanguages(value: SystemValue): Record<string, string> {
  const texts = typeof value === 'object' ? (value ?? {}) : {};
  return Object.fromEntries(Object.entries(texts).map(([locale, text]) => [locale.replaceAll('-', '_'), text]));
}

function toCustomFields(values: Columns, prefix: string, fields: Shop['customFields'][string]): Input | null {
  const entries = fields.flatMap(({ name, type }) => {
    const value = values[`${prefix}customFields.${name}`];
    if (value === undefined) return [];
    return [[name, NUMBERS.has(type) && value !== null ? Number(value) : value] as const];
  });
  return entries.length === 0 ? null : Object.fromEntries(entries);
}
