import { createHash } from 'node:crypto';
import type { Database } from '#store-postgres';
import type { Drift, Planted } from './stores.js';

/** Products of one page: small, so that a kill in the middle of a few thousand leaves pages on both sides. */
const PAGE = 100;

/** The system that the hub reconciles: a channel of a Vendure, which is only observed; every difference asks first. */
export const VENDURE_SHOP = `
systems:
  shop:
    connector: vendure
    mode: observe
    config: { url: '\${SHOP_ADDRESS}', channelToken: '\${SHOP_CHANNEL}', changes: plugin, listLimit: ${PAGE} }
    entities:
      product:
        source: productVariants
        key: [sku]
        fields:
          name: { from: { en: name.en } }
          brand: customFields.brand
          weight: customFields.weight
          active: enabled
survivorship:
  product: { version: 1, create: [shop], delete: [shop], owner: { shop: [name, brand, weight, active] } }
limits:
  repair:
    product: { maxChangedShare: 0, minChanged: 0, maxDeleteShare: 0, minDeletes: 0 }
reconcile: { every: 24h }
`;

/** What each fifth of the edits changes; only the last moves the variant's time. */
const EDITS = [
  `UPDATE product_variant SET "customFieldsBrand" = 'Another' WHERE sku = ANY ($1)`,
  'UPDATE product_variant SET "customFieldsWeight" = "customFieldsWeight" + 1 WHERE sku = ANY ($1)',
  `UPDATE product_variant_translation SET name = name || ' new'
     WHERE "baseId" IN (SELECT id FROM product_variant WHERE sku = ANY ($1))`,
  'UPDATE product_variant SET enabled = NOT enabled WHERE sku = ANY ($1)',
  `UPDATE product_variant SET "customFieldsBrand" = 'Another', "updatedAt" = now() WHERE sku = ANY ($1)`,
];

/**
 * The drift of a run: products at random, the same for the same SKUs. It is written by SQL into the shop's own tables, past
 * its API and the hub's plugin: what no change table tells.
 */
export class VendureDrift {
  readonly planted: readonly Planted[];

  constructor(
    private readonly tables: Database,
    private readonly skus: readonly string[],
    { edited, missing, extra }: Drift,
  ) {
    const shuffled = [...skus].sort((a, b) => (md5(a) < md5(b) ? -1 : 1)).slice(0, edited + missing + extra);
    this.planted = shuffled.map((sku, n) => ({
      sku,
      kind: n < extra ? 'foreign' : n < extra + missing ? 'missing' : 'changed',
    }));
  }

  /** Hides the extra products, before the hub reads the shop. */
  async hideExtra(): Promise<void> {
    await this.setDeleted(this.of('foreign'), true);
  }

  /** Brings the extra products to light, hides the missing ones, and edits. */
  async plant(): Promise<void> {
    await this.setDeleted(this.of('foreign'), false);
    await this.setDeleted(this.of('missing'), true);
    const changed = this.of('changed');
    for (const [index, edit] of EDITS.entries())
      await this.tables.query(edit, [changed.filter((_, n) => n % EDITS.length === index)]);
  }

  /** Brings all to light, so that the shop's own API can delete them. */
  async reveal(): Promise<void> {
    await this.setDeleted(this.skus, false);
  }

  private of(kind: Planted['kind']): readonly string[] {
    return this.planted.filter((one) => one.kind === kind).map(({ sku }) => sku);
  }

  private async setDeleted(skus: readonly string[], isDeleted: boolean): Promise<void> {
    const at = isDeleted ? 'now()' : 'NULL';
    await this.tables.query(`UPDATE product_variant SET "deletedAt" = ${at} WHERE sku = ANY ($1)`, [skus]);
  }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
