import pg from 'pg';

/**
 * Looks at the shop's own tables while the hub is at work: by the Admin API each look would cost the shop as much as a
 * product does. What is compared in the end is read through the API.
 */
export class ShopDatabase {
  private readonly pool: pg.Pool;
  private readonly variants = new Map<string, string>();

  /** @param server any database of the PostgreSQL server @param shop address of the shop, whose fragment names its database */
  constructor(
    server: string,
    shop: string,
    private readonly channelToken: string,
  ) {
    const url = new URL(server);
    url.pathname = new URL(shop).hash.slice(1);
    this.pool = new pg.Pool({ connectionString: url.href, max: 2 });
  }

  /** Variants in the channel. */
  async count(): Promise<number> {
    const { rows } = await this.pool.query<{ count: string }>(
      `SELECT count(*) FROM product_variant_channels_channel
       WHERE "channelId" = (SELECT id FROM channel WHERE token = $1)`,
      [this.channelToken],
    );
    return Number(rows[0]?.count);
  }

  /** Price of a product in cents; null where there is none. */
  async priceOf(sku: string): Promise<number | null> {
    const variant = this.variants.get(sku) ?? (await this.findVariant(sku));
    if (variant === null) return null;
    const { rows } = await this.pool.query<{ price: number }>(
      `SELECT price FROM product_variant_price
       WHERE "variantId" = $1 AND "channelId" = (SELECT id FROM channel WHERE token = $2)`,
      [variant, this.channelToken],
    );
    return rows[0]?.price ?? null;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async findVariant(sku: string): Promise<string | null> {
    const { rows } = await this.pool.query<{ id: string }>('SELECT id FROM product_variant WHERE sku = $1', [sku]);
    const id = rows[0]?.id ?? null;
    if (id !== null) this.variants.set(sku, id);
    return id;
  }
}
