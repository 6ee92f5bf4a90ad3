import type { Entity } from '#contracts';

/** Keys of one entity that begin with a text; with `isWhole` only that key. */
export interface RelatedKeys {
  readonly entity: Entity;
  readonly prefix: string;
  readonly isWhole: boolean;
}

/** Where the records lie that are about the same article: by how business keys are made of its number. Pure. */
export function relatedKeys(entity: Entity, key: string): readonly RelatedKeys[] {
  const sku = skuOf(entity, key);
  if (sku === null || sku === '') return [];
  return [
    { entity: 'product', prefix: sku, isWhole: true },
    { entity: 'price', prefix: `${sku}|`, isWhole: false },
    { entity: 'stock-level', prefix: `${sku}@`, isWhole: false },
  ];
}

/** Null where the record is about no article. */
function skuOf(entity: Entity, key: string): string | null {
  switch (entity) {
    case 'product':
      return key;
    case 'price':
      return key.split('|')[0] ?? null;
    case 'stock-level':
      return key.slice(0, Math.max(0, key.lastIndexOf('@')));
    case 'customer':
      return null;
  }
}
