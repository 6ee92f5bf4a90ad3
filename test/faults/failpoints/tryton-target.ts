import { TrytonClient } from '../../../connectors/tryton/client.js';
import { configSchema, toClientOptions } from '../../../connectors/tryton/config.js';
import { trytonUrl } from '../../harness/tryton-users.js';
import { Gate } from './gate.js';
import type { Target, TargetProduct } from './target.js';

interface Product {
  readonly id: number;
  readonly code: string;
  readonly active: boolean;
  readonly template: number;
  readonly 'template.': { readonly name: string; readonly weight: number | null };
  readonly 'identifiers.': readonly { readonly type: string | null; readonly code: string }[];
}

/** A database of the test system that no other test empties. */
const DATABASE = 'tryton_wms';
const FIELDS = [
  'code',
  'active',
  'template',
  'template.name',
  'template.weight',
  'identifiers.type',
  'identifiers.code',
];

/** Name of a call that writes, with its language, and what is made of it. */
function nameOf(body: string): string | null {
  const call = JSON.parse(body) as { readonly method: string; readonly params: readonly unknown[] };
  const name = /^model\.product\.(\w+\.(?:create|write|delete))$/.exec(call.method)?.[1];
  if (name === undefined) return null;
  const { language } = (call.params.at(-1) ?? {}) as { readonly language?: string };
  const isDeactivation = body.includes('"active":false') && !body.includes('"name"');
  return `${name}${isDeactivation ? '[active]' : language === 'en' ? '' : `[${language}]`}`;
}

/** Products of one run in the test system's WMS. @param prefix of the run's codes */
export async function openTrytonTarget(prefix: string): Promise<Target> {
  const config = { url: trytonUrl(), database: DATABASE };
  const client = new TrytonClient({ ...toClientOptions(configSchema.parse(config)), readOnly: false });
  const gate = await Gate.open({ origin: new URL(trytonUrl()).origin, nameOf });
  const find = async (): Promise<readonly Product[]> => {
    const params = [[['code', 'like', `${prefix}%`]], 0, null, [['id', 'ASC']], FIELDS];
    return (await client.call('model.product.product.search_read', params, { active_test: false })) as Product[];
  };
  const findOne = async (key: string): Promise<Product | undefined> => (await find()).find(({ code }) => code === key);
  const write = async (method: string, params: readonly unknown[]): Promise<void> => {
    const answer = await client.write(method, params, { language: 'en', fuzzy_translation: false });
    if (answer.kind !== 'done') throw new Error(`a user's ${method} failed: ${JSON.stringify(answer)}`);
  };
  return {
    name: 'tryton',
    system: 'wms',
    ownField: 'brand',
    gate,
    requests: ['template.create', 'template.write', 'template.write[de]', 'template.write[active]'],
    hasDescription: false,
    hubFile: `
  wms:
    connector: tryton
    mode: write
    config: { url: '${gate.urlFor(trytonUrl())}', database: ${DATABASE}, overlapMs: 2000 }
    entities:
      product:
        source: product.product
        key: [code]
        fields:
          name: { from: { de: name.de, en: name.en } }
          weight: { from: weight, scale: 2 }
          active: active
          brand: brand`,
    read: async () => {
      const products = await find();
      const german = await readGerman(client, products);
      return products.map((product) => toProduct(product, german));
    },
    leftovers: async () => [],
    editOwn: async (key, code) => {
      const product = await findOne(key);
      if (product) await write('model.product.identifier.create', [[{ product: product.id, type: 'brand', code }]]);
      return product !== undefined;
    },
    editName: async (key, name) => {
      const product = await findOne(key);
      await write('model.product.template.write', [[product?.template], { name }]);
    },
    close: async () => {
      gate.close();
      const templates = (await find()).map(({ template }) => template);
      if (templates.length > 0) await write('model.product.template.delete', [[...new Set(templates)]]);
    },
  };
}

async function readGerman(client: TrytonClient, products: readonly Product[]): Promise<ReadonlyMap<number, string>> {
  const templates = products.map(({ template }) => template);
  const domain = [
    ['name', '=', 'product.template,name'],
    ['lang', '=', 'de'],
    ['res_id', 'in', templates],
  ];
  const rows = (await client.call('model.ir.translation.search_read', [
    domain,
    0,
    null,
    null,
    ['res_id', 'value'],
  ])) as {
    readonly res_id: number;
    readonly value: string;
  }[];
  return new Map(rows.map(({ res_id: template, value }) => [template, value]));
}

function toProduct(product: Product, german: ReadonlyMap<number, string>): TargetProduct {
  const { name, weight } = product['template.'];
  return {
    key: product.code,
    de: german.get(product.template) ?? null,
    en: name,
    weight,
    active: product.active,
    description: null,
    own: product['identifiers.'].find(({ type }) => type === 'brand')?.code ?? null,
  };
}
