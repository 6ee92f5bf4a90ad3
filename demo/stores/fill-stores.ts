import type { DemoCustomer } from '../data/customers.js';
import type { DemoProduct } from '../data/products.js';
import type { SqlStore } from './sql-store.js';

/** Times of change lie in the past, as in a store that has lived for a while. */
const FIRST_CHANGE_MS = Date.UTC(2026, 0, 1);
const UNITS = { C62: 'ST', KGM: 'KG', MTR: 'M' } as const;

/** Articles, prices and customers of the ERP. Its names and e-mail addresses are old ones: it does not own them. */
export async function fillErp(
  erp: SqlStore,
  products: readonly DemoProduct[],
  customers: readonly DemoCustomer[],
): Promise<void> {
  const article = {
    ...{ artikel_id: 'integer', artikelnr: 'text', bezeichnung: 'text', ean13: 'text', hersteller: 'text' },
    ...{ warengruppe: 'text', einheit: 'text', gewicht_g: 'integer', steuerkz: 'smallint', status: 'text' },
    geaendert_am: 'timestamptz',
  };
  await erp.insert('artikel', article, products.map(toArticle));
  const price = {
    ...{ preis_id: 'integer', artikelnr: 'text', liste: 'text', waehrung: 'text', betrag: 'numeric' },
    ...{ brutto: 'smallint', geaendert_am: 'timestamptz' },
  };
  await erp.insert('preis', price, products.map(toPrice));
  const customer = {
    ...{ kunden_id: 'integer', kundennr: 'text', firma: 'text', ustid: 'text', preisgruppe: 'text', email: 'text' },
    geaendert_am: 'timestamptz',
  };
  await erp.insert('kunde', customer, customers.map(toErpCustomer));
}

/** Contacts of the CRM. */
export async function fillCrm(crm: SqlStore, customers: readonly DemoCustomer[]): Promise<void> {
  const contact = {
    ...{ customer_no: 'text', display_name: 'text', email_address: 'text', phone_number: 'text' },
    ...{ address_line: 'text', zip: 'text', town: 'text', country_code: 'text', modified_on: 'timestamptz' },
  };
  await crm.insert('contact', contact, customers.map(toContact));
}

/** Stock of the WMS. */
export async function fillWms(wms: SqlStore, products: readonly DemoProduct[]): Promise<void> {
  const position = {
    ...{ item_code: 'text', warehouse: 'text', quantity: 'numeric', minimum: 'numeric', counted_at: 'timestamptz' },
  };
  await wms.insert('stock_position', position, products.map(toPosition));
}

function changedAt(id: number): string {
  return new Date(FIRST_CHANGE_MS + id * 1000).toISOString();
}

function toArticle(product: DemoProduct): object {
  return {
    artikel_id: product.id,
    artikelnr: product.sku,
    bezeichnung: `ART ${product.id}`,
    ean13: product.ean,
    hersteller: product.brand,
    warengruppe: product.category,
    einheit: UNITS[product.unit],
    gewicht_g: product.weightGrams,
    steuerkz: product.taxClass === 'full' ? 1 : 2,
    status: product.active ? 'A' : 'S',
    geaendert_am: changedAt(product.id),
  };
}

function toPrice({ id, sku, priceCents, taxClass }: DemoProduct): object {
  return {
    preis_id: id,
    artikelnr: sku,
    liste: 'standard',
    waehrung: 'EUR',
    betrag: (priceCents / 100).toFixed(2),
    brutto: taxClass === 'full' ? 1 : 0,
    geaendert_am: changedAt(id),
  };
}

function toErpCustomer({ id, number, name, vatId, priceGroup }: DemoCustomer): object {
  return {
    kunden_id: id,
    kundennr: number,
    firma: name,
    ustid: vatId,
    preisgruppe: priceGroup,
    email: `alt.${id}@example.net`,
    geaendert_am: changedAt(id),
  };
}

function toContact(customer: DemoCustomer): object {
  return {
    customer_no: customer.number,
    display_name: customer.name.toUpperCase(),
    email_address: customer.email,
    phone_number: customer.phone,
    address_line: customer.street,
    zip: customer.postcode,
    town: customer.city,
    country_code: customer.country,
    modified_on: changedAt(customer.id),
  };
}

function toPosition({ id, sku, onHand, reorderPoint }: DemoProduct): object {
  return { item_code: sku, warehouse: 'main', quantity: onHand, minimum: reorderPoint, counted_at: changedAt(id) };
}
