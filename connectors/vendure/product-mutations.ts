import type { ObservedRecord } from '#connector-sdk';
import { z } from 'zod';
import { refusal, runAliased } from './aliased.js';
import { laneOf, type Mutations, type PreparedWrite, type WriteTools } from './apply.js';
import { toVendureId } from './mapping.js';
import { createVariants, updateVariants } from './variants.js';
import { slugOf, toNewProduct, toNewVariant, toProductInput, toVariantInput } from './write-mapping.js';

const UPDATE_PRODUCTS = 'mutation ($input: [UpdateProductInput!]!) { updateProducts(input: $input) { id } }';
const DELETE_PRODUCTS = 'mutation ($ids: [ID!]!) { deleteProducts(ids: $ids) { result message } }';
const DELETE_VARIANTS = 'mutation ($ids: [ID!]!) { deleteProductVariants(ids: $ids) { result message } }';
const PRODUCTS_BY_SLUG = `query ($options: ProductListOptions) { list: products(options: $options) {
  items { id slug variantList(options: { take: 1 }) { totalItems } } } }`;
const VARIANTS = `query ($options: ProductVariantListOptions) { list: productVariants(options: $options) {
  items { id product { id variantList(options: { take: 1 }) { totalItems } } } } }`;

const anySchema = z.record(z.string(), z.unknown());
const createdSchema = z.record(z.string(), z.object({ id: z.string() }));
const deletedSchema = z.record(z.string(), z.array(z.object({ result: z.string(), message: z.string().nullable() })));
const variantList = z.object({ totalItems: z.int() });
const productsSchema = z.object({
  list: z.object({ items: z.array(z.object({ id: z.string(), slug: z.string(), variantList })) }),
});
const variantsSchema = z.object({
  list: z.object({ items: z.array(z.object({ id: z.string(), product: z.object({ id: z.string(), variantList }) })) }),
});

/** A product of the hub is a variant, and a product of its own around it. */
export function productMutations(tools: WriteTools): Mutations {
  return {
    size: 25,
    create: (writes) => createProducts(tools, writes),
    update: (writes) => updateProducts(tools, writes),
    remove: (writes) => removeProducts(tools, writes),
    discard: async ({ key }) => {
      const left = await findEmptyProducts(tools, [slugOf(key['sku'] ?? '')]);
      if (left.size > 0) await remove(tools, DELETE_PRODUCTS, [...left.values()]);
    },
  };
}

/**
 * Two documents: first the products, then all variants in one transaction. When the second is not reached, the products
 * are found by their slugs the next time.
 */
async function createProducts(tools: WriteTools, writes: readonly PreparedWrite[]): Promise<readonly ObservedRecord[]> {
  const slugs = writes.map(({ key }) => slugOf(key['sku'] ?? ''));
  const left = await findEmptyProducts(tools, slugs);
  const missing = writes.filter((_, n) => !left.has(slugs[n] ?? ''));
  const created = createdSchema.parse(
    missing.length === 0
      ? {}
      : await runAliased(
          tools,
          missing.map((write) => toNewProduct(write, tools.shop)),
          { type: 'CreateProductInput!', call: (n) => `createProduct(input: $i${n}) { id }` },
        ),
  );
  const ids = new Map(missing.map((write, n) => [write.index, created[`m${n}`]?.id ?? '']));
  const input = writes.map((write, n) =>
    toNewVariant(write, ids.get(write.index) ?? left.get(slugs[n] ?? '') ?? '', tools.shop),
  );
  return createVariants(tools, input);
}

async function updateProducts(tools: WriteTools, writes: readonly PreparedWrite[]): Promise<readonly ObservedRecord[]> {
  const variants = writes.flatMap(({ values, current }) => {
    const input = toVariantInput(values, tools.shop);
    return Object.keys(input).length === 0 ? [] : [{ id: toVendureId(current?.externalId ?? '') ?? '', ...input }];
  });
  const answered = variants.length === 0 ? [] : await updateVariants(tools, variants);
  const own = writes.filter(({ values }) => toProductInput(values) !== null);
  if (own.length === 0) return answered;
  const products = new Map((await readVariants(tools, own)).map(({ id, product }) => [id, product.id]));
  const input = own.map(({ values, current }) => ({
    id: products.get(toVendureId(current?.externalId ?? '') ?? ''),
    ...toProductInput(values),
  }));
  await tools.client.run(UPDATE_PRODUCTS, { input }, anySchema, laneOf(input));
  return []; // what was answered before is not the whole
}

/** The last variant of a product takes the product with it. */
async function removeProducts(tools: WriteTools, writes: readonly PreparedWrite[]): Promise<void> {
  const variants = await readVariants(tools, writes);
  const going = new Map<string, number>();
  for (const { product } of variants) going.set(product.id, (going.get(product.id) ?? 0) + 1);
  const isWhole = ({ product }: (typeof variants)[number]): boolean =>
    (going.get(product.id) ?? 0) >= product.variantList.totalItems;
  const products = [...new Set(variants.filter(isWhole).map(({ product }) => product.id))];
  const single = variants.filter((variant) => !isWhole(variant)).map(({ id }) => id);
  if (products.length > 0) await remove(tools, DELETE_PRODUCTS, products);
  if (single.length > 0) await remove(tools, DELETE_VARIANTS, single);
}

async function remove({ client }: WriteTools, document: string, ids: readonly string[]): Promise<void> {
  const results = Object.values(await client.run(document, { ids }, deletedSchema)).flat();
  const kept = results.find(({ result }) => result !== 'DELETED');
  if (kept) throw refusal(kept.message ?? 'it is not deleted');
}

async function readVariants(
  { client }: WriteTools,
  writes: readonly PreparedWrite[],
): Promise<z.infer<typeof variantsSchema>['list']['items']> {
  const ids = writes.map(({ current }) => toVendureId(current?.externalId ?? ''));
  const options = { filter: { id: { in: ids } }, take: ids.length };
  return (await client.run(VARIANTS, { options }, variantsSchema)).list.items;
}

/** Products without variants by slug. */
async function findEmptyProducts({ client }: WriteTools, slugs: readonly string[]): Promise<Map<string, string>> {
  const options = { filter: { slug: { in: slugs } }, take: slugs.length * 2 };
  const { list } = await client.run(PRODUCTS_BY_SLUG, { options }, productsSchema);
  const empty = list.items.filter((product) => product.variantList.totalItems === 0);
  return new Map(empty.map(({ id, slug }) => [slug, id]));
}
