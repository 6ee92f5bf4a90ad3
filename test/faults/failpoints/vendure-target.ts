import { VendureShop, vendureUrl } from '../../harness/vendure-shop.js';
import { Gate } from './gate.js';
import type { Target, TargetProduct } from './target.js';

interface Variant {
  readonly id: string;
  readonly sku: string;
  readonly translations: readonly { readonly languageCode: string; readonly name: string }[];
  readonly customFields: {
    readonly ean: string | null;
    readonly weight: number | null;
    readonly sellable: boolean | null;
  };
  readonly product: {
    readonly translations: readonly { readonly languageCode: string; readonly description: string }[];
  };
}

interface List<T> {
  readonly list: { readonly items: readonly T[] };
}

const VARIANTS = `{ list: productVariants(options: { take: 5000, sort: { id: ASC } }) { items {
  id sku translations { languageCode name } customFields { ean weight sellable }
  product { translations { languageCode description } } } } }`;
const PRODUCTS = `{ list: products(options: { take: 5000 }) { items { slug variantList(options: { take: 1 }) { totalItems } } } }`;

/** Name of a mutation; logging in writes nothing. */
function nameOf(body: string): string | null {
  const { query } = JSON.parse(body) as { readonly query: string };
  const name = /^\s*mutation[^{]*\{\s*(?:\w+:\s*)?(\w+)/.exec(query)?.[1] ?? null;
  return name === 'login' ? null : name;
}

/** For the mutant that creates without looking: nobody finds any variant. */
function findNothing(body: string): string | undefined {
  const isLookUp = body.includes('ProductVariantListOptions');
  return isLookUp ? JSON.stringify({ data: { list: { items: [] } } }) : undefined;
}

/** A channel of its own in the test shop. */
export async function openVendure(): Promise<Target> {
  const shop = await VendureShop.create();
  const gate = await Gate.open({
    origin: vendureUrl().origin,
    nameOf,
    forge: findNothing,
    forgeUntil: 'createProductVariants',
  });
  const variants = async (): Promise<readonly Variant[]> =>
    (await shop.channel.call<List<Variant>>(VARIANTS)).list.items;
  const update = async (key: string, input: object): Promise<boolean> => {
    const found = (await variants()).find(({ sku }) => sku === key);
    if (found) await shop.updateVariants([{ id: found.id, ...input }]);
    return found !== undefined;
  };
  return {
    name: 'vendure',
    system: 'shop',
    ownField: 'ean',
    gate,
    requests: ['createProduct', 'createProductVariants', 'updateProductVariants', 'updateProducts'],
    hasDescription: true,
    hubFile: `
  shop:
    connector: vendure
    mode: write
    config: { url: '${gate.urlFor(vendureUrl().href)}', channelToken: '${shop.channelToken}', changes: plugin }
    entities:
      product:
        source: productVariants
        key: [sku]
        fields:
          name: { from: { de: name.de, en: name.en } }
          description: { from: { de: product.description.de } }
          weight: customFields.weight
          active: customFields.sellable
          ean: customFields.ean`,
    read: async () => (await variants()).map(toProduct),
    leftovers: async () => {
      type Product = { readonly slug: string; readonly variantList: { readonly totalItems: number } };
      const { list } = await shop.channel.call<List<Product>>(PRODUCTS);
      return list.items.filter(({ variantList }) => variantList.totalItems === 0).map(({ slug }) => slug);
    },
    editOwn: (key, ean) => update(key, { customFields: { ean } }),
    editName: async (key, name) => void (await update(key, { translations: [{ languageCode: 'en', name }] })),
    close: async () => {
      gate.close();
      await shop.close();
    },
  };
}

function toProduct({ sku, translations, customFields, product }: Variant): TargetProduct {
  const nameIn = (language: string): string | null =>
    translations.find(({ languageCode }) => languageCode === language)?.name ?? null;
  return {
    key: sku,
    de: nameIn('de'),
    en: nameIn('en'),
    weight: customFields.weight,
    active: customFields.sellable === true,
    description: product.translations.find(({ languageCode }) => languageCode === 'de')?.description ?? null,
    own: customFields.ean,
  };
}
