import type { TestHub } from '../faults/test-hub.js';

const system = (id: string, key: string): string => `
  ${id}:
    connector: sql
    config: { url: '\${${id.toUpperCase()}_URL}', schema: ${id} }
    entities:
      price:
        source: price
        key: [${key}, '=standard', '=EUR', '=', '=']
        options: { id: ${key}, changedAt: changed_at, overlapMs: 2000 }
        fields: { amount: { from: amount, scale: 2 } }`;

/** An ERP that owns prices, and a shop. */
export const PRICED_SYSTEMS = `
systems:${system('erp', 'article_no')}${system('shop', 'sku')}
survivorship:
  price: { version: 1, create: [erp], delete: [erp], owner: { erp: [amount] } }
`;

/** The tables of {@link PRICED_SYSTEMS}; each change of a row stamps it. */
export async function addPriceTables({ stores }: TestHub): Promise<void> {
  for (const [schema, key] of [
    ['erp', 'article_no'],
    ['shop', 'sku'],
  ] as const)
    await stores.pool.query(`
      CREATE TABLE ${schema}.price (${key} text COLLATE "C" PRIMARY KEY, amount numeric(12,2),
        changed_at timestamptz NOT NULL DEFAULT clock_timestamp());
      CREATE FUNCTION ${schema}.stamp() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.changed_at := clock_timestamp(); RETURN NEW; END $$;
      CREATE TRIGGER stamp BEFORE UPDATE ON ${schema}.price FOR EACH ROW EXECUTE FUNCTION ${schema}.stamp();
      GRANT SELECT, INSERT, UPDATE, DELETE ON ${schema}.price TO ${stores.roleOf(schema)}`);
}
