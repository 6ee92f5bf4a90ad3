import { canonicalize, multiplyDecimals } from '#canonical';
import type { EntityMapping } from '#connector-sdk';
import type { CanonicalFields, CanonicalValue } from '#kernel';

/** A row of an exchanged file: texts, or what JSON has. */
export type Row = Readonly<Record<string, string | boolean | null | undefined>>;

/** How the rows are mapped, but for the options. */
export const MAPPING: Omit<EntityMapping, 'options'> = {
  source: 'products*',
  key: ['sku'],
  fields: {
    ean: { from: 'ean' },
    name: { from: { de: 'name_de', en: 'name_en' } },
    brand: { from: 'brand' },
    weight: { from: 'grams', factor: '0.001' },
    active: { from: 'active' },
  },
};

/** The row of a product; weights are in grams. */
export function toRow(key: string, fields: CanonicalFields): Row {
  const { ean, brand, weight, active, name } = fields as Record<string, string | null>;
  const texts = (fields['name'] ?? {}) as Readonly<Record<string, string>>;
  const grams = weight === null || weight === undefined ? null : multiplyDecimals(weight, '1000');
  return { sku: key, ean, brand, grams, active, name_de: name && texts['de'], name_en: name && texts['en'] };
}

/** The product of a row. */
export function toFields(row: Row): CanonicalFields {
  const grams = row['grams'];
  const weight = typeof grams === 'string' ? multiplyDecimals(grams, '0.001') : null;
  const [name, active] = [
    canonicalize('texts', { de: row['name_de'], en: row['name_en'] }),
    canonicalize('boolean', row['active']),
  ];
  const value = (input: Row[string]): CanonicalValue => input ?? null;
  return {
    ean: value(row['ean']),
    brand: value(row['brand']),
    weight,
    name: name.ok ? name.value : null,
    active: active.ok ? active.value : null,
  };
}
