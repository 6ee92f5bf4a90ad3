import type { DemoCustomer } from '../data/customers.js';
import type { DemoProduct } from '../data/products.js';
import type { BottleCrm } from './bottlecrm.js';
import type { TrytonDatabase } from './tryton.js';
import type { VendureShop } from './vendure.js';

/** The hands of all users, and what they were filled with. */
export interface RealSystems {
  readonly erp: TrytonDatabase;
  readonly wms: TrytonDatabase;
  readonly crm: BottleCrm;
  /** Empty at first. */
  readonly shop: VendureShop;
  readonly products: readonly DemoProduct[];
  readonly customers: readonly DemoCustomer[];
}
