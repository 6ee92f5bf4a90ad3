import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createDatabase, dropDatabase } from '#hub-runner';
import { generateCustomers, type DemoCustomer } from '../data/customers.js';
import { generateProducts, type DemoProduct } from '../data/products.js';
import { fillCrm, fillErp, fillWms } from './fill-stores.js';
import { PimFolder, type PimTexts } from './pim-folder.js';
import { SqlStore } from './sql-store.js';

const SQL_STORES = ['erp', 'crm', 'wms', 'shop'] as const;

/** How much business data there is. */
export interface DemoSize {
  readonly products: number;
  readonly customers: number;
}

/** The five business systems of the demo; nothing of the hub is in them. */
export class BusinessStores {
  /** What the PIM said last of each product. */
  readonly pimTexts: Map<string, PimTexts>;

  private constructor(
    readonly erp: SqlStore,
    readonly crm: SqlStore,
    readonly wms: SqlStore,
    readonly shop: SqlStore,
    readonly pim: PimFolder,
    readonly products: readonly DemoProduct[],
    readonly customers: readonly DemoCustomer[],
    private readonly serverUrl: string,
  ) {
    this.pimTexts = new Map(products.map((product) => [product.sku, product]));
  }

  /** Creates and fills databases and folder; the shop stays empty. */
  static async create(serverUrl: string, folder: string, size: DemoSize): Promise<BusinessStores> {
    const run = randomBytes(3).toString('hex');
    const stores = [];
    for (const name of SQL_STORES)
      stores.push(new SqlStore(name, await createDatabase(serverUrl, `demo_${name}_${run}`)));
    const [erp, crm, wms, shop] = stores as [SqlStore, SqlStore, SqlStore, SqlStore];
    await Promise.all(stores.map((store) => store.createTables()));
    const [products, customers] = [generateProducts(size.products), generateCustomers(size.customers)];
    const pim = new PimFolder(join(folder, 'pim'));
    pim.drop(products);
    await Promise.all([fillErp(erp, products, customers), fillCrm(crm, customers), fillWms(wms, products)]);
    return new BusinessStores(erp, crm, wms, shop, pim, products, customers, serverUrl);
  }

  /** Variables that the hub file refers to. */
  get environment(): Readonly<Record<string, string>> {
    const { erp, crm, wms, shop, pim } = this;
    return { ERP_URL: erp.url, CRM_URL: crm.url, WMS_URL: wms.url, SHOP_URL: shop.url, PIM_FOLDER: pim.path };
  }

  /** The PIM changes what it says of one product and drops it in a file of its own. */
  dropTexts(texts: PimTexts): void {
    this.pimTexts.set(texts.sku, texts);
    this.pim.drop([texts]);
  }

  async drop(): Promise<void> {
    const stores = [this.erp, this.crm, this.wms, this.shop];
    await Promise.all(stores.map((store) => store.close()));
    for (const { url } of stores) await dropDatabase(this.serverUrl, url);
  }
}
