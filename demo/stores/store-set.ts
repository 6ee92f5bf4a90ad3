import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createDatabase } from '#hub-runner';
import { generateCustomers, type DemoCustomer } from '../data/customers.js';
import { generateProducts, type DemoProduct } from '../data/products.js';
import type { RunFile } from '../run-file.js';
import { fillCrm, fillErp, fillWms } from './fill-stores.js';
import { PimFolder, type PimTexts } from './pim-folder.js';
import { SqlStore } from './sql-store.js';

/** How much business data there is. */
export interface DemoSize {
  readonly products: number;
  readonly customers: number;
}

/** Where the stores are created. */
export interface StorePlaces {
  readonly serverUrl: string;
  readonly folder: string;
  readonly runFile: RunFile;
}

/** Four databases and a folder, and the data that they were filled with. */
export interface SqlStoreSet {
  readonly erp: SqlStore;
  readonly crm: SqlStore;
  readonly wms: SqlStore;
  /** Empty at first. */
  readonly shop: SqlStore;
  readonly pim: PimFolder;
  readonly products: readonly DemoProduct[];
  readonly customers: readonly DemoCustomer[];
  /** What the PIM said last of each product, by article number. */
  readonly pimTexts: Map<string, PimTexts>;
  /** Variables that the hub file refers to. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Creates databases and folder, and fills all but the shop. */
export async function createStoreSet(
  { serverUrl, folder, runFile }: StorePlaces,
  size: DemoSize,
): Promise<SqlStoreSet> {
  const run = randomBytes(3).toString('hex');
  const open = async (name: string): Promise<SqlStore> => {
    const url = await createDatabase(serverUrl, `demo_${name}_${run}`);
    runFile.note({ databases: [url] });
    const store = new SqlStore(name, url);
    await store.createTables();
    return store;
  };
  const [erp, crm, wms, shop] = await Promise.all([open('erp'), open('crm'), open('wms'), open('shop')]);
  const [products, customers] = [generateProducts(size.products), generateCustomers(size.customers)];
  const pim = new PimFolder(join(folder, 'pim'));
  pim.drop(products);
  await Promise.all([fillErp(erp, products, customers), fillCrm(crm, customers), fillWms(wms, products)]);
  const environment = {
    ERP_URL: erp.url,
    CRM_URL: crm.url,
    WMS_URL: wms.url,
    SHOP_URL: shop.url,
    PIM_FOLDER: pim.path,
  };
  const pimTexts = new Map<string, PimTexts>(products.map((product) => [product.sku, product]));
  return { erp, crm, wms, shop, pim, products, customers, pimTexts, environment };
}

/** The PIM changes what it says of one product, and drops it in a file of its own. */
export function dropTexts({ pim, pimTexts }: SqlStoreSet, texts: PimTexts): void {
  pimTexts.set(texts.sku, texts);
  pim.drop([texts]);
}
