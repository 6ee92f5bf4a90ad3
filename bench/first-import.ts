import { join } from 'node:path';
import { Database } from '#store-postgres';
import { createDatabase, dropDatabase, ScratchHub, type ServerAddresses, type ServiceName } from '#hub-runner';
import { countUnequal, createProducts, FIRST_IMPORT_SYSTEMS } from './products.js';
import { spread, type BenchArguments, type BenchResult, type Goal } from './report.js';
import { ROOT, startServers } from './stack.js';

const SERVICES: readonly ServiceName[] = ['connector-erp', 'golden', 'connector-shop', 'reconciler'];
const TIMEOUT_MS = 20 * 60_000;

interface Run {
  readonly products: number;
  readonly seconds: number;
  readonly productsPerS: number;
  readonly unequalRows: number;
  readonly rssMiB: Readonly<Record<string, number>>;
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly cpuMicrosPerProduct: number;
  readonly floorPerS: number;
}

/** Products from `sql` to the golden topic and into a second `sql` store; the floor is a plain page copy between both. */
export async function firstImport({ rounds, size, growth, profileFolder }: BenchArguments): Promise<BenchResult> {
  const servers = await startServers();
  const runs: Run[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    console.log(`round ${round} of ${rounds}: ${size} products`);
    runs.push(await measure(servers, size, profileFolder));
    console.log(JSON.stringify(runs.at(-1)));
  }
  const larger = growth ? await measure(servers, 3 * size) : null;
  if (larger) console.log(`three times the size: ${JSON.stringify(larger)}`);
  return { goals: toGoals(runs, larger), runs: [...runs, ...(larger ? [larger] : [])].map((run) => ({ ...run })) };
}

function toGoals(runs: readonly Run[], larger: Run | null): Goal[] {
  const rate = spread(runs.map(({ productsPerS }) => productsPerS)).median;
  const unequal = Math.max(...runs.map(({ unequalRows }) => unequalRows), larger?.unequalRows ?? 0);
  const rss = Math.max(...runs.flatMap(({ rssMiB }) => Object.values(rssMiB)));
  const goals = [
    { name: 'products_per_s', value: rate, goal: '>= 1500', met: rate >= 1500 },
    { name: 'unequal_rows', value: unequal, goal: '= 0', met: unequal === 0 },
    { name: 'rss_mib_max', value: rss, goal: '<= 300', met: rss <= 300 },
  ];
  if (!larger) return goals;
  const ratio = Math.max(...SERVICES.map((service) => growthOf(service, runs, larger)));
  return [...goals, { name: 'rss_growth_x3', value: ratio, goal: '<= 1.2', met: ratio <= 1.2 }];
}

function growthOf(service: string, runs: readonly Run[], larger: Run): number {
  const usual = spread(runs.map(({ rssMiB }) => rssMiB[service] ?? 0)).median;
  return Number(((larger.rssMiB[service] ?? 0) / usual).toFixed(3));
}

async function measure(servers: ServerAddresses, size: number, profileFolder?: string): Promise<Run> {
  const stores = await createDatabase(servers.DATABASE_URL, `bench_${process.pid}_${Date.now()}`);
  const database = await Database.connect({ url: stores, schema: 'public', applicationName: 'bench' }, []);
  await createProducts(database, size);
  const floorPerS = await measureFloor(database, size);
  const hub = await ScratchHub.create({
    root: ROOT,
    folder: join(ROOT, '.plumbline/bench'),
    servers,
    systems: FIRST_IMPORT_SYSTEMS,
    environment: { BENCH_URL: stores },
    logLevel: 'warn',
    ...(profileFolder !== undefined && { nodeArguments: ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] }),
  });
  try {
    await Promise.all((['golden', 'reconciler', 'connector-shop'] as const).map((name) => hub.processes.start(name)));
    await hub.setMode('shop', 'write');
    const startedAt = performance.now();
    await hub.processes.start('connector-erp');
    const unequalRows = await untilEqual(database, size);
    const seconds = (performance.now() - startedAt) / 1000;
    const usage = SERVICES.map((name) => [name, hub.processes.usage(name)] as const);
    const cpu = usage.reduce((sum, [, { cpuSeconds }]) => sum + cpuSeconds, 0);
    return {
      products: size,
      seconds: Number(seconds.toFixed(1)),
      productsPerS: Math.round(size / seconds),
      unequalRows,
      rssMiB: Object.fromEntries(usage.map(([name, { peakRssMiB }]) => [name, peakRssMiB])),
      cpuSeconds: Object.fromEntries(usage.map(([name, { cpuSeconds }]) => [name, cpuSeconds])),
      cpuMicrosPerProduct: Math.round((cpu / size) * 1e6),
      floorPerS,
    };
  } finally {
    await hub.drop();
    await database.close();
    await dropDatabase(servers.DATABASE_URL, stores);
  }
}

/** Waits for the last row; the rows are compared only when all are there. */
async function untilEqual(database: Database, size: number): Promise<number> {
  const endsAt = Date.now() + TIMEOUT_MS;
  let unequal = size;
  while (unequal > 0 && Date.now() < endsAt) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const [row] = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM shop.product');
    if ((row?.count ?? 0) >= size) unequal = await countUnequal(database);
  }
  return unequal;
}

/** The floor: pages of 500 read from the source and written into the target, nothing else. Rows a second. */
async function measureFloor(database: Database, size: number): Promise<number> {
  const count = Math.min(size, 20_000);
  const startedAt = performance.now();
  let after = '';
  for (let copied = 0; copied < count; copied += 500) {
    const rows = await database.query<{ article_no: string }>(
      'SELECT * FROM erp.article WHERE article_no > $1 ORDER BY article_no LIMIT 500',
      [after],
    );
    await database.query(
      `INSERT INTO shop.product (sku, ean, name_de, name_en, brand, category, unit, weight_kg, tax_class, active)
       SELECT article_no, ean13, title_de, title_en, maker, group_code, unit, weight_g * 0.001, tax, sellable
       FROM jsonb_to_recordset($1::jsonb) AS t(article_no text, ean13 text, title_de text, title_en text, maker text,
         group_code text, unit text, weight_g int, tax text, sellable boolean)`,
      [JSON.stringify(rows)],
    );
    after = rows.at(-1)?.article_no ?? after;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await database.query('TRUNCATE shop.product');
  return Math.round(count / seconds);
}
