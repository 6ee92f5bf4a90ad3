import type { ServerAddresses } from '#hub-runner';
import { DemoHub } from './hub.js';
import { loadShop } from './load.js';
import { grouped, type Screen } from './report.js';
import { RunFile } from './run-file.js';
import { closeStores, createStores } from './stores/stores.js';
import type { World } from './world.js';

/** What a run is made of. */
export interface PrepareOptions {
  readonly root: string;
  readonly folder: string;
  readonly servers: ServerAddresses;
  readonly products: number;
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
  const customers = Math.floor(products / 5);
  const stores = await createStores({ serverUrl, folder, runFile }, { products, customers });
  closers.push(() => closeStores(stores));
  const facts = `${grouped(products)} products, prices and stock levels, ${grouped(customers)} customers`;
  screen.line(`  ERP, CRM, WMS and shop are PostgreSQL databases, the PIM is a folder: ${facts}. The shop is empty.`);
  screen.heading('The hub: plumbline up');
  const hub = await DemoHub.create({ root, folder, servers, environment: stores.environment, runFile });
  closers.push(() => hub.stop());
  await hub.start();
  await loadShop(hub, stores, screen);
  return { stores, hub, screen, serverUrl, runFile, loadedAtMs: Date.now(), firstPrice: null };
}
