import type { ObservedRecord } from '#connector-sdk';
import { z } from 'zod';
import { refusal, runAliased } from './aliased.js';
import { updateVariants, type VariantInput } from './variants.js';
import type { Mutations, PreparedWrite, WriteTools } from './apply.js';
import { toVendureId } from './mapping.js';
import { productMutations } from './product-mutations.js';
import { toCustomerInput, type Input } from './write-mapping.js';

const anySchema = z.record(z.string(), z.unknown());
const idsSchema = z.object({ list: z.object({ items: z.array(z.object({ id: z.string(), name: z.string() })) }) });

/** The mutations of an entity. */
export function mutationsOf(tools: WriteTools): Mutations {
  switch (tools.plan.entity) {
    case 'product':
      return productMutations(tools);
    case 'price':
      return priceMutations(tools);
    case 'stock-level':
      return stockMutations(tools);
    case 'customer':
      return customerMutations(tools);
  }
}

/** A price is part of its variant: setting one makes it. */
function priceMutations(tools: WriteTools): Mutations {
  const set = async (writes: readonly PreparedWrite[], isDelete: boolean): Promise<readonly ObservedRecord[]> => {
    const inputs = await toVariantInputs(tools, writes, ({ key, values, current }) => ({
      prices: [
        {
          currencyCode: key['currency'] ?? current?.externalId.split('-')[1] ?? tools.shop.channel.currencies[0],
          price: Number(values['amount'] ?? 0),
          ...(isDelete ? { delete: true } : {}),
        },
      ],
    }));
    return updateVariants(tools, inputs);
  };
  const write = (writes: readonly PreparedWrite[]): Promise<readonly ObservedRecord[]> => set(writes, false);
  return {
    ...{ size: 25, create: write, update: write, discard: nothing },
    remove: async (writes) => void (await set(writes, true)),
    findWaiting: (creates) => findWithoutVariant(tools, creates),
  };
}

/** A stock level is part of its variant, too; it goes away only with its location. */
function stockMutations(tools: WriteTools): Mutations {
  const write = async (writes: readonly PreparedWrite[]): Promise<readonly ObservedRecord[]> => {
    const locations = await readLocations(tools);
    const inputs = await toVariantInputs(tools, writes, ({ key, values, current }) => {
      const id = current === null ? locations.get(key['location'] ?? '') : locationOf(current.externalId);
      if (id === undefined) throw refusal(`there is no stock location "${key['location']}"`);
      return { stockLevels: [{ stockLocationId: id, stockOnHand: Number(values['onHand'] ?? 0) }] };
    });
    return updateVariants(tools, inputs);
  };
  const remove = (): Promise<void> => Promise.reject(refusal('Vendure keeps a stock level as long as its location'));
  // Where the mapping names no location there is one, whose level comes with the variant: it is no create, but read next.
  const findWaiting = async (creates: readonly PreparedWrite[]): Promise<PreparedWrite[]> => {
    const located = creates.filter(({ key }) => key['location'] !== undefined);
    const unlocated = creates.filter(({ key }) => key['location'] === undefined);
    return [...unlocated, ...(await findWithoutVariant(tools, located))];
  };
  return { size: 25, create: write, update: write, remove, findWaiting, discard: nothing };
}

/** One mutation per customer, many in a document. Vendure answers what it refuses as data. */
function customerMutations(tools: WriteTools): Mutations {
  const run = async (mutation: string, type: string, inputs: readonly Input[]): Promise<readonly ObservedRecord[]> => {
    const answer = await runAliased(tools, inputs, {
      type,
      call: (n) => `${mutation}(input: $i${n}) { __typename ... on ErrorResult { message } }`,
    });
    for (const result of Object.values(answer)) {
      const { __typename: kind, message } = refusalSchema.parse(result);
      if (kind !== 'Customer') throw refusal(message ?? kind);
    }
    return []; // its addresses and groups are read back
  };
  return {
    size: 1,
    create: (writes) =>
      run(
        'createCustomer',
        'CreateCustomerInput!',
        writes.map(({ values, key }) =>
          toCustomerInput({ firstName: '', lastName: '', ...values, ...key }, tools.shop),
        ),
      ),
    update: (writes) =>
      run(
        'updateCustomer',
        'UpdateCustomerInput!',
        writes.map(({ values, current }) => ({
          id: toVendureId(current?.externalId ?? ''),
          ...toCustomerInput(values, tools.shop),
        })),
      ),
    remove: async (writes) => {
      const ids = writes.map(({ current }) => toVendureId(current?.externalId ?? ''));
      await tools.client.run('mutation ($ids: [ID!]!) { deleteCustomers(ids: $ids) { result } }', { ids }, anySchema);
    },
    discard: nothing,
  };
}

const refusalSchema = z.object({ __typename: z.string(), message: z.string().optional() });

/** Variants of writes: known by external id, or looked up by the SKU in the key. */
async function toVariantInputs(
  tools: WriteTools,
  writes: readonly PreparedWrite[],
  toInput: (write: PreparedWrite) => Input,
): Promise<VariantInput[]> {
  const skus = writes.flatMap(({ current, key }) => (current === null ? (key['sku'] ?? []) : []));
  const bySku = await readVariants(tools, skus);
  return writes.map((write) => {
    const sku = write.key['sku'] ?? '';
    const id = write.current === null ? bySku.get(sku) : toVendureId(write.current.externalId);
    if (id === undefined || id === null) throw refusal(`there is no variant with the SKU "${sku}"`);
    return { id, ...toInput(write) };
  });
}

async function findWithoutVariant(tools: WriteTools, creates: readonly PreparedWrite[]): Promise<PreparedWrite[]> {
  const skus = creates.flatMap(({ key }) => key['sku'] ?? []);
  const known = await readVariants(tools, skus);
  return creates.filter(({ key }) => !known.has(key['sku'] ?? ''));
}

async function readVariants({ client }: WriteTools, skus: readonly string[]): Promise<Map<string, string>> {
  if (skus.length === 0) return new Map();
  const document = `query ($options: ProductVariantListOptions) {
    list: productVariants(options: $options) { items { id name: sku } } }`;
  const options = { filter: { sku: { in: [...new Set(skus)] } }, take: 500 };
  const { list } = await client.run(document, { options }, idsSchema);
  return new Map(list.items.map(({ id, name }) => [name, id]));
}

async function readLocations({ client }: WriteTools): Promise<Map<string, string>> {
  const { list } = await client.run('query { list: stockLocations { items { id name } } }', {}, idsSchema);
  return new Map(list.items.map(({ id, name }) => [name, id]));
}

function locationOf(externalId: string): string | undefined {
  return toVendureId(externalId.slice(externalId.indexOf('-') + 1)) ?? undefined;
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
