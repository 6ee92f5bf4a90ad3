import type { Readable } from 'node:stream';
import type { ServerAddresses } from '#hub-runner';
import { Follow } from './follow.js';
import { DemoHub } from './hub.js';
import { loadShop } from './load.js';
import { grouped, type Screen } from './report.js';
import { RunFile } from './run-file.js';
import { RealStores, type RealAddresses } from './real/real-stores.js';
import type { BusinessStores } from './stores/business-stores.js';
import { SqlStores } from './stores/sql-stores.js';
import { until } from './wait.js';
import type { World } from './world.js';

/** What a run is made of. */
export interface PrepareOptions {
  readonly root: string;
  readonly folder: string;
  readonly servers: ServerAddresses & Partial<RealAddresses>;
  readonly isReal: boolean;
  readonly products: number;
  /** Where the reader presses Enter; null: the demo waits for nobody. */
  readonly steps: Readable | null;
  /** Takes what undoes each step. */
  readonly closers: (() => Promise<void>)[];
}

/** Creates the business stores, starts the hub on them and loads the shop. Fresh data in every run. */
export async function prepare(options: PrepareOptions, screen: Screen): Promise<World> {
  const { root, folder, servers, products, closers } = options;
  const serverUrl = servers.DATABASE_URL;
  const runFile = await RunFile.open(folder, servers);
  closers.push(() => runFile.clear());
  screen.heading('Business stores');
  const stores = await createStores(options, runFile);
  closers.push(() => stores.close());
  const customers = grouped(stores.customers.length);
  const facts = `${grouped(products)} products, prices and stock levels, ${customers} customers`;
  screen.line(`  ${stores.facts}: ${facts}. The shop is empty.`);
  screen.heading('The hub: plumbline up');
  const hub = await DemoHub.create({
    root,
    folder,
    servers,
    runFile,
    hubFile: stores.hubFile,
    environment: stores.environment,
  });
  closers.push(() => hub.stop());
  await hub.start();
  // the page answers before its first password is hashed and told
  await until('the page told its first password', async () => hub.page.signIn !== null);
  screen.line(`  The page: ${hub.page.url}   sign in with ${hub.page.signIn}`);
  screen.line('  Every scene can be followed there: ↗ says where.');
  const follow = new Follow({ screen, pageUrl: hub.page.url, steps: options.steps });
  await loadShop(hub, stores, screen);
  return { stores, hub, screen, follow, serverUrl, runFile, loadedAtMs: Date.now(), firstPrice: null };
}

async function createStores(options: PrepareOptions, runFile: RunFile): Promise<BusinessStores> {
  const { folder, servers, products, isReal } = options;
  const serverUrl = servers.DATABASE_URL;
  if (!isReal)
    return SqlStores.create({ serverUrl, folder, runFile }, { products, customers: Math.floor(products / 5) });
  const { TRYTON_URL, VENDURE_URL, BOTTLECRM_URL } = servers;
  if (!TRYTON_URL || !VENDURE_URL || !BOTTLECRM_URL) throw new Error('The launcher named not all systems.');
  return RealStores.create({ TRYTON_URL, VENDURE_URL, BOTTLECRM_URL }, serverUrl, products);
}
