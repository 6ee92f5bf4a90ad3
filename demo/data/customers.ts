import { AWKWARD_EVERY, AWKWARD_TEXTS } from './awkward.js';
import { SeededRandom } from './random.js';

/** A customer as ERP (name, tax number, price group) and CRM (the rest) would say it. */
export interface DemoCustomer {
  readonly id: number;
  readonly number: string;
  readonly name: string;
  readonly vatId: string | null;
  readonly priceGroup: string;
  readonly email: string;
  readonly phone: string;
  readonly street: string;
  readonly postcode: string;
  readonly city: string;
  readonly country: string;
}

const NAMES = ['Müller', 'García', 'Øst & Søn', 'Łukasz', 'Smith', 'Nguyễn', "D'Angelo", '田中商店'] as const;
const FORMS = ['GmbH', 'KG', 'S.L.', 'AB', 'Ltd.', 'e. K.'] as const;
type Place = readonly [city: string, country: string, street: string];

const PLACES: readonly [Place, ...Place[]] = [
  ['Köln', 'DE', 'Straße des 17. Juni'],
  ['Łódź', 'PL', 'ulica Piotrkowska'],
  ['São Paulo', 'BR', 'Avenida Paulista'],
  ['Zürich', 'CH', 'Bahnhofstrasse'],
  ['Kraków', 'PL', 'Rynek Główny'],
  ['Bad Homburg v. d. Höhe', 'DE', 'Am Kurpark'],
];

/** Customers 1 to `count`; the same for the same count and seed. Numbers and postcodes have leading zeros. */
export function generateCustomers(count: number, seed = 4711): DemoCustomer[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, (_, index) => generateCustomer(index + 1, random));
}

function generateCustomer(id: number, random: SeededRandom): DemoCustomer {
  const [city, country, street] = random.pick(PLACES);
  const usual = `${random.pick(NAMES)} ${random.pick(FORMS)} ${id}`;
  const awkward = AWKWARD_TEXTS[(id / AWKWARD_EVERY) % AWKWARD_TEXTS.length];
  return {
    id,
    number: String(id).padStart(7, '0'),
    name: id % AWKWARD_EVERY === 0 ? `${awkward} ${id}` : usual,
    vatId: id % 7 === 0 ? null : `DE${random.whole(100_000_000, 999_999_999)}`,
    priceGroup: random.pick(['A', 'B', 'C']),
    email: `kunde.${id}@example.com`,
    phone: `+49 (0)221 / ${random.whole(100_000, 999_999)}`,
    street: `${street} ${random.whole(1, 199)}${random.pick(['', 'a', '½'])}`,
    postcode: String(random.whole(0, 99_999)).padStart(5, '0'),
    city,
    country,
  };
}
