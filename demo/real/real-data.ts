import { generateCustomers, type DemoCustomer } from '../data/customers.js';
import { generateProducts, type DemoProduct } from '../data/products.js';

const MAX_TEXT = 200;

/** The demo's products as Tryton takes them: it trims names, allows no line end in them, and checks EANs. */
export function realProducts(count: number): DemoProduct[] {
  return generateProducts(count).map((product) => ({
    ...product,
    ean: product.ean === null ? null : withCheckDigit(product.ean),
    name: { de: toLine(product.name.de), en: toLine(product.name.en) },
  }));
}

/** The demo's customers; BottleCRM keeps 255 characters of a name. */
export function realCustomers(count: number): DemoCustomer[] {
  return generateCustomers(count).map((customer) => ({ ...customer, name: toLine(customer.name) }));
}

function toLine(text: string): string {
  const words = text.replace(/\s+/g, ' ').trim();
  return words.length <= MAX_TEXT ? words : `${words.slice(0, MAX_TEXT).trim()} ${words.split(' ').at(-1)}`;
}

/** Replaces the last of thirteen digits by the one that makes an EAN of it. */
function withCheckDigit(text: string): string {
  const digits = [...text.slice(0, 12)].map(Number);
  const sum = digits.reduce((total, digit, index) => total + digit * (index % 2 === 0 ? 1 : 3), 0);
  return `${text.slice(0, 12)}${(10 - (sum % 10)) % 10}`;
}
