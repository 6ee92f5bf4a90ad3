import { multiplyDecimals } from '#canonical';
import { z } from 'zod';
import { toExternalId, type TrytonRecord } from './entity.js';
import { latest, timestampsOf, toVersion } from './versions.js';
import type { Translations } from './translations.js';
import { decimalSchema, timeSchema } from './wire.js';

/** Fields of product.product that make up a record. */
export const PRODUCT_FIELDS = [
  'code',
  'active',
  '_timestamp',
  'last_modified_at',
  'identifiers.type',
  'identifiers.code',
  'identifiers._timestamp',
  'template._timestamp',
  'template.last_modified_at',
  'template.name',
  'template.active',
  'template.products',
  'template.list_price',
  'template.weight',
  'template.weight_uom.factor',
  'template.default_uom.symbol',
];

const identifierSchema = z.object({
  id: z.int(),
  type: z.string().nullable(),
  code: z.string(),
  _timestamp: z.string(),
});

/** A row of product.product with what we read of its template and identifiers. */
export const productRowSchema = z.object({
  id: z.int(),
  code: z.string().nullable(),
  active: z.boolean().nullable(),
  _timestamp: z.string(),
  last_modified_at: timeSchema,
  'identifiers.': z.array(identifierSchema),
  'template.': z.object({
    id: z.int(),
    _timestamp: z.string(),
    last_modified_at: timeSchema,
    name: z.string().nullable(),
    active: z.boolean().nullable(),
    products: z.array(z.int()),
    list_price: decimalSchema.nullable(),
    weight: z.number().nullable(),
    'weight_uom.': z.object({ factor: z.number() }).nullable(),
    'default_uom.': z.object({ symbol: z.string() }),
  }),
});

export type ProductRow = z.infer<typeof productRowSchema>;
type IdentifierRow = z.infer<typeof identifierSchema>;

/** Kinds of identifier that have a column of their own. */
export const IDENTIFIERS = ['ean', 'brand', 'mpn'] as const;

/** The flat record of a product. Of several identifiers of a kind the first counts, as for Tryton itself. */
export function toProductRecord(row: ProductRow, language: string, names: Translations): TrytonRecord {
  const template = row['template.'];
  const first = (type: string): IdentifierRow | undefined => row['identifiers.'].find((each) => each.type === type);
  const identifiers = Object.fromEntries(IDENTIFIERS.map((type) => [type, first(type)?.code ?? null]));
  const rows = Object.fromEntries(IDENTIFIERS.map((type) => [type, first(type)?.id ?? null]));
  return {
    externalId: toExternalId(row.id),
    root: row.id,
    raw: {
      code: row.code,
      ...identifiers,
      ...toNames(template, language, names),
      active: row.active === true && template.active === true,
      unit: template['default_uom.'].symbol,
      weight: toKilograms(template.weight, template['weight_uom.']?.factor ?? 1),
      listPrice: template.list_price,
    },
    version: toVersion([row, template], row['identifiers.']),
    changedAt: latest([row.last_modified_at, template.last_modified_at]),
    timestamps: {
      ...timestampsOf('product.product', [row]),
      ...timestampsOf('product.template', [template]),
      ...timestampsOf('product.identifier', row['identifiers.']),
    },
    rows: {
      ...rows,
      product: row.id,
      template: template.id,
      variants: template.products.length,
      archived: template.active ? 0 : 1,
    },
  };
}

function toNames(template: ProductRow['template.'], language: string, names: Translations): Record<string, unknown> {
  // Tryton serves a row's own text from a cache that other processes' writes reach after minutes, with the new time.
  const raw: Record<string, unknown> = { [`name.${language}`]: template.name };
  for (const [lang, text] of Object.entries(names.get(template.id) ?? {})) raw[`name.${lang}`] = text;
  return raw;
}

/** Exact where the unit is the kilogram, as for all weights that the hub wrote. */
function toKilograms(weight: number | null, factor: number): string | null {
  if (weight === null) return null;
  return factor === 1 ? String(weight) : (multiplyDecimals(String(weight), String(factor)) ?? String(weight));
}
