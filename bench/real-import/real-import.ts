import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { ScratchHub, type ServerAddresses, type ServiceName } from '#hub-runner';
import { spread, type BenchArguments, type BenchResult, type Goal } from '../report.js';
import { serverCpuSeconds } from '../server-cpu.js';
import { ROOT, serverPid, startServers } from '../stack.js';
import { BenchErp, benchProducts, DATABASE } from './erp.js';
import { editPrices } from './live-edits.js';
import { ShopDatabase } from './shop-database.js';
import { BenchShop } from './shop.js';

const SERVICES: readonly ServiceName[] = ['connector-erp', 'golden', 'connector-shop', 'reconciler'];
/** Servers that the launcher started, whose CPU is measured. */
const SYSTEMS = ['vendure', 'tryton', 'postgres'];
const LIVE_PRODUCTS = 20;
const FLOOR_PRODUCTS = 500;
const PARALLEL = [1, 2, 4, 8];
const TIMEOUT_MS = 15 * 60_000;

/** The systems' own addresses besides those of the servers. */
type RealAddresses = ServerAddresses & { readonly TRYTON_URL: string; readonly VENDURE_URL: string };

interface Run extends Readonly<Record<string, unknown>> {
  readonly products: number;
  readonly seconds: number;
  readonly productsPerS: number;
  readonly floorPerS: number;
  readonly ratio: number;
  readonly unequalRows: number;
  readonly liveP95Ms: number;
}

/**
 * Products from Tryton to Vendure through the hub, from the commit of all of them to the last in the shop, while prices of
 * products already there are edited; the floor is the same mutations sent bare to a second channel of the same shop.
 */
export async function realImport({ rounds, size, profileFolder }: BenchArguments): Promise<BenchResult> {
  const servers = (await startServers(['tryton', 'vendure'])) as RealAddresses;
  const runs: Run[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    console.log(`round ${round} of ${rounds}: ${size} products`);
    const prefix = `RI${randomBytes(3).toString('hex').toUpperCase()}`;
    const floor = await measureFloor(servers, prefix, Math.min(size, FLOOR_PRODUCTS));
    console.log(`floor: ${JSON.stringify(floor)}`);
    runs.push(await measure(servers, { prefix, size, floor, profileFolder }));
    console.log(JSON.stringify(runs.at(-1)));
  }
  return { goals: toGoals(runs), runs };
}

function toGoals(runs: readonly Run[]): Goal[] {
  const ratio = spread(runs.map((run) => run.ratio)).median;
  const unequal = Math.max(...runs.map(({ unequalRows }) => unequalRows));
  const live = Math.max(...runs.map(({ liveP95Ms }) => liveP95Ms));
  return [
    { name: 'ratio_vs_bare_api', value: ratio, goal: '>= 0.8', met: ratio >= 0.8 },
    { name: 'unequal_rows', value: unequal, goal: '= 0', met: unequal === 0 },
    { name: 'live_p95_ms', value: live, goal: '<= 5000', met: live <= 5_000 },
  ];
}

/** Products a second by how many requests run at once; the fastest counts. */
async function measureFloor({ VENDURE_URL: address }: RealAddresses, prefix: string, count: number): Promise<Floor> {
  const shop = await BenchShop.open(address, `${prefix}-floor`);
  try {
    const rates: Record<string, number> = {};
    const cpuMillis: Record<string, Cpu> = {};
    for (const parallel of PARALLEL) {
      const before = cpuSeconds();
      const rate = await shop.createBare(benchProducts(`${prefix}F${parallel}`, count), parallel);
      rates[parallel] = Number(rate.toFixed(2));
      cpuMillis[parallel] = cpuMillisSince(before, cpuSeconds(), count);
    }
    return { perS: Math.max(...Object.values(rates)), rates, cpuMillis };
  } finally {
    await shop.close();
  }
}

/** The bare mutations: the fastest, and products a second and CPU by how many requests run at once. */
interface Floor {
  readonly perS: number;
  readonly rates: Readonly<Record<string, number>>;
  readonly cpuMillis: Readonly<Record<string, Cpu>>;
}

/** CPU by process: seconds, or milliseconds a product. */
type Cpu = Readonly<Record<string, number>>;

interface Measurement {
  readonly prefix: string;
  readonly size: number;
  readonly floor: Floor;
  readonly profileFolder: string | undefined;
}

async function measure(servers: RealAddresses, measurement: Measurement): Promise<Run> {
  const erp = await BenchErp.open(servers.TRYTON_URL);
  const shop = await BenchShop.open(servers.VENDURE_URL, measurement.prefix);
  const tables = new ShopDatabase(servers.DATABASE_URL, servers.VENDURE_URL, shop.channelToken);
  const hub = await createHub(servers, shop.channelToken, measurement.profileFolder);
  try {
    return await importAll({ erp, shop, tables, hub }, measurement);
  } finally {
    await hub.drop();
    await tables.close();
    await shop.close();
    await erp.clear();
  }
}

/** The ERP, the shop by its API and by its tables, and the hub between. */
interface Places {
  readonly erp: BenchErp;
  readonly shop: BenchShop;
  readonly tables: ShopDatabase;
  readonly hub: ScratchHub;
}

async function importAll({ erp, shop, tables, hub }: Places, { prefix, size, floor }: Measurement): Promise<Run> {
  const live = benchProducts(`${prefix}L`, LIVE_PRODUCTS);
  await hub.processes.startAll();
  await hub.setMode('shop', 'write');
  await erp.create(live, 1);
  await until(async () => (await tables.priceOf(live.at(-1)?.sku ?? '')) === 100, 'the first prices');
  await erp.create(benchProducts(prefix, size));
  const cpuBefore = cpuSeconds(hub);
  const startedAt = performance.now();
  const skus = live.map(({ sku }) => sku);
  const edits = editPrices(erp, tables, skus);
  const present = size + live.length;
  await until(async () => (await tables.count()) >= present, `${present} products in the shop`);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuMillis = cpuMillisSince(cpuBefore, cpuSeconds(hub), size);
  const latencies = await edits.stop();
  const unequalRows = await countUnequal(erp, shop, prefix);
  const productsPerS = Number((size / seconds).toFixed(2));
  return {
    products: size,
    seconds: Number(seconds.toFixed(1)),
    productsPerS,
    floorPerS: floor.perS,
    floor,
    ratio: Number((productsPerS / floor.perS).toFixed(3)),
    unequalRows,
    liveEdits: latencies.length,
    liveP95Ms: latencies[Math.ceil(latencies.length * 0.95) - 1] ?? Number.NaN,
    liveMs: latencies,
    cpuMillis,
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
}

/** Products of this run that are not equal in the other system, read without the hub; the ERP may hold others of old tests. */
async function countUnequal(erp: BenchErp, shop: BenchShop, prefix: string): Promise<number> {
  const source = await erp.read(prefix);
  const target = await shop.read();
  const skus = new Set([...source.keys(), ...target.keys()].filter((sku) => sku.startsWith(prefix)));
  const unequal = [...skus].filter((sku) => source.get(sku) !== target.get(sku));
  for (const sku of unequal.slice(0, 3)) console.log(`unequal ${sku}: ${source.get(sku)} beside ${target.get(sku)}`);
  return unequal.length;
}

function cpuSeconds(hub?: ScratchHub): Cpu {
  const systems = SYSTEMS.map((name) => [name, serverCpuSeconds(serverPid(name))] as const);
  const ours = hub ? SERVICES.map((name) => [name, hub.processes.usage(name).cpuSeconds] as const) : [];
  return Object.fromEntries([...systems, ...ours]);
}

function cpuMillisSince(before: Cpu, after: Cpu, products: number): Cpu {
  const perProduct = (name: string): number => (((after[name] ?? 0) - (before[name] ?? 0)) / products) * 1000;
  return Object.fromEntries(Object.keys(after).map((name) => [name, Number(perProduct(name).toFixed(2))]));
}

function createHub(servers: RealAddresses, channel: string, profileFolder: string | undefined): Promise<ScratchHub> {
  const price = (sku: string): string => `[${sku}, '=standard', currency, '=', '=']`;
  return ScratchHub.create({
    root: ROOT,
    folder: join(ROOT, '.plumbline/bench'),
    servers,
    environment: { ERP_ADDRESS: servers.TRYTON_URL, SHOP_ADDRESS: servers.VENDURE_URL },
    logLevel: 'warn',
    ...(profileFolder !== undefined && { nodeArguments: ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] }),
    systems: `
systems:
  erp:
    connector: tryton
    config: { url: '\${ERP_ADDRESS}', database: ${DATABASE} }
    entities:
      product:
        source: product.product
        key: [code]
        fields: { name: { from: { en: name.en } }, brand: brand, weight: { from: weight, scale: 2 }, active: active }
      price: { source: product.list_price, key: ${price('code')}, fields: { amount: amount } }
  shop:
    connector: vendure
    mode: write
    config: { url: '\${SHOP_ADDRESS}', channelToken: ${channel}, changes: plugin }
    entities:
      product:
        source: productVariants
        key: [sku]
        fields:
          name: { from: { en: name.en } }
          brand: customFields.brand
          weight: customFields.weight
          active: enabled
      price:
        source: productVariants
        key: ${price('sku')}
        fields: { amount: { from: amount, factor: '0.01', scale: 0 } }
survivorship:
  product: { version: 1, create: [erp], delete: [erp], owner: { erp: [name, brand, weight, active] } }
  price: { version: 1, create: [erp], delete: [erp], owner: { erp: [amount] } }
limits:
  live: { product: { maxChangedShare: 1, minChanged: 1000000 }, price: { maxChangedShare: 1, minChanged: 1000000 } }
`,
  });
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const endsAt = Date.now() + TIMEOUT_MS;
  while (!(await isSo())) {
    if (Date.now() > endsAt) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
