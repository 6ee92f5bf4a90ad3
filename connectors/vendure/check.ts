import type { CheckReport, DiscoveredEntity } from '#connector-sdk';
import { toHubError, type HubError } from '#kernel';
import { z } from 'zod';
import { readHubChanges } from './changes.js';
import type { VendureClient } from './client.js';
import type { VendureConfig } from './config.js';
import { findMissingColumns, type EntityPlan } from './entity-plan.js';
import type { Records } from './records.js';
import type { Shop } from './shop.js';

/** What checking needs. */
export interface CheckTools {
  readonly client: VendureClient;
  readonly records: Records;
  readonly config: VendureConfig;
  readonly plans: readonly EntityPlan[];
  readonly mode: 'observe' | 'write';
}

const ME = 'query { me { channels { code permissions } } activeChannel { code } }';
const meSchema = z.object({
  me: z.object({ channels: z.array(z.object({ code: z.string(), permissions: z.array(z.string()) })) }).nullable(),
  activeChannel: z.object({ code: z.string() }),
});
const READ_PLUGIN = 'ReadHubChanges';

type Rights = readonly (readonly string[])[];

/** Permissions per list: one of each group. */
const READ: Readonly<Record<EntityPlan['shape']['list'], Rights>> = {
  productVariants: [['ReadCatalog', 'ReadProduct']],
  customers: [['ReadCustomer']],
};
const WRITE: typeof READ = {
  productVariants: [
    ['CreateCatalog', 'CreateProduct'],
    ['UpdateCatalog', 'UpdateProduct'],
    ['DeleteCatalog', 'DeleteProduct'],
  ],
  customers: [['CreateCustomer'], ['UpdateCustomer'], ['DeleteCustomer']],
};

/** Reaches the server and names each thing wrong in one sentence, with what to do. */
export async function checkShop(tools: CheckTools): Promise<CheckReport> {
  try {
    const permissions = await readPermissions(tools.client);
    const shop = await tools.records.shop();
    const missing = missingRights(tools, permissions);
    const problems = [
      ...missing.map((right) => `The administrator lacks the permission ${right}: add it to its role.`),
      ...tools.plans.flatMap((plan) => findMissingColumns(plan, shop)),
      ...(missing.length === 0 ? await tryLists(tools) : []),
    ];
    const plugin = await findPlugin(tools);
    if (plugin.problem !== null) problems.push(plugin.problem);
    return {
      ...{ reachable: true, version: plugin.version, problems, notes: notesOf(tools, plugin.version !== null) },
      canWrite: missingOf(WRITE, tools.plans, permissions).length === 0,
    };
  } catch (error) {
    return toFailedReport(toHubError(error));
  }
}

/** Lists of the Admin API that the connector can read, with the columns that a mapping may name. */
export async function discoverShop({ records, client }: CheckTools): Promise<readonly DiscoveredEntity[]> {
  const shop = await records.shop();
  const count = 'options: { take: 1 }';
  const document = `query { variants: productVariants(${count}) { totalItems } customers(${count}) { totalItems } }`;
  const counted = z.object({ totalItems: z.int() });
  const counts = await client.run(document, {}, z.object({ variants: counted, customers: counted }));
  return [
    { name: 'productVariants', fields: variantFields(shop), approximateCount: counts.variants.totalItems },
    { name: 'customers', fields: customerFields(shop), approximateCount: counts.customers.totalItems },
  ];
}

async function readPermissions(client: VendureClient): Promise<ReadonlySet<string>> {
  const { me, activeChannel } = await client.run(ME, {}, meSchema);
  return new Set(me?.channels.find(({ code }) => code === activeChannel.code)?.permissions);
}

function missingRights({ plans, config, mode }: CheckTools, permissions: ReadonlySet<string>): string[] {
  const plugin = config.changes === 'plugin' && !permissions.has(READ_PLUGIN) ? [READ_PLUGIN] : [];
  return [
    ...missingOf(READ, plans, permissions),
    ...plugin,
    ...(mode === 'write' ? missingOf(WRITE, plans, permissions) : []),
  ];
}

function missingOf(rights: typeof READ, plans: readonly EntityPlan[], permissions: ReadonlySet<string>): string[] {
  const lists = [...new Set(plans.map(({ shape }) => shape.list))];
  return lists
    .flatMap((list) => rights[list])
    .filter((group) => !group.some((right) => permissions.has(right)))
    .map((group) => group[0] ?? '');
}

/** One page of full size of each entity: shows a limit of the server, and ids that are no numbers. */
async function tryLists({ plans, records, config }: CheckTools): Promise<string[]> {
  const problems: string[] = [];
  for (const plan of plans) {
    try {
      const { items } = await records.list(plan, { filter: { id: { eq: '0' } } }, config.listLimit);
      const [first] = items.length > 0 ? items : (await records.list(plan, {}, 1)).items;
      if (first && !/^\d+$/.test(first.id))
        problems.push(`${plan.entity}: ids are no numbers; only AutoIncrementIdStrategy is supported.`);
    } catch (error) {
      problems.push(`${plan.entity}: ${toHubError(error).message}`);
    }
  }
  return problems;
}

async function findPlugin({
  client,
  plans,
  config,
}: CheckTools): Promise<{ readonly version: string | null; readonly problem: string | null }> {
  const [plan] = plans;
  if (!plan) return { version: null, problem: null };
  try {
    const { serverVersion } = await readHubChanges(client, plan, null, 0);
    const problem = /^3\./.test(serverVersion) ? null : `Vendure ${serverVersion} is not supported: use version 3.`;
    return { version: `Vendure ${serverVersion}`, problem };
  } catch (error) {
    const { code, message } = toHubError(error);
    if (config.changes === 'polling') return { version: null, problem: null };
    if (code !== 'HUB_SOURCE_SCHEMA') return { version: null, problem: message };
    return { version: null, problem: 'The server lacks the plugin: load it (README), or set changes: polling.' };
  }
}

function notesOf({ config, plans }: CheckTools, hasPlugin: boolean): string[] {
  if (config.changes === 'plugin') return [];
  const scanned = plans.filter(({ shape }) => !shape.isPolled).map(({ entity }) => entity);
  const product = plans.some(({ readsProduct }) => readsProduct)
    ? ["fields of Vendure's own product", 'deletes']
    : ['deletes'];
  return [
    `Polling sees no ${product.join(' and no ')}; they are found by the complete scan.`,
    ...(scanned.length === 0 ? [] : [`Polling can't see ${scanned.join(' and ')} change; they are scanned.`]),
    hasPlugin ? 'The plugin is loaded: set changes: plugin.' : 'The plugin (README) sees all of it at once.',
  ];
}

function toFailedReport({ code, message }: HubError): CheckReport {
  const isReached = code !== 'HUB_SOURCE_UNREACHABLE' && code !== 'HUB_SOURCE_TIMEOUT';
  const unsupported = code === 'HUB_SOURCE_SCHEMA' ? ' The connector needs Vendure 3: is this one?' : '';
  return { reachable: isReached, version: null, canWrite: false, problems: [`${message}${unsupported}`] };
}

function variantFields(shop: Shop): DiscoveredEntity['fields'] {
  const names = shop.languages.map((language) => ({ name: `name.${language}`, type: 'text', nullable: true }));
  const plain = [
    { name: 'sku', type: 'text', nullable: false },
    { name: 'enabled', type: 'boolean', nullable: false },
  ];
  return [...plain, ...names, ...customColumns(shop, 'ProductVariant')];
}

function customerFields(shop: Shop): DiscoveredEntity['fields'] {
  const names = ['emailAddress', 'firstName', 'lastName', 'title', 'phoneNumber'];
  const plain = names.map((name) => ({ name, type: 'text', nullable: name === 'title' || name === 'phoneNumber' }));
  return [...plain, ...customColumns(shop, 'Customer')];
}

function customColumns(shop: Shop, entityName: string): DiscoveredEntity['fields'] {
  const fields = shop.customFields[entityName] ?? [];
  return fields.map(({ name, type }) => ({ name: `customFields.${name}`, type, nullable: true }));
}
