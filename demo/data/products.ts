import { AWKWARD_EVERY, AWKWARD_SKUS, AWKWARD_TEXTS } from './awkward.js';
import { SeededRandom } from './random.js';

/** A product with its price and its stock, as the owners of the fields would say it. */
export interface DemoProduct {
  readonly id: number;
  readonly sku: string;
  readonly ean: string | null;
  readonly brand: string;
  readonly category: string;
  /** UN/ECE recommendation 20 code. */
  readonly unit: 'C62' | 'KGM' | 'MTR';
  readonly weightGrams: number;
  readonly taxClass: 'full' | 'reduced';
  readonly active: boolean;
  readonly name: Readonly<Record<'de' | 'en', string>>;
  readonly description: Readonly<Record<'de' | 'en', string>>;
  readonly priceCents: number;
  readonly onHand: number;
  readonly reorderPoint: number;
}

type Words = readonly [readonly [string, string], ...(readonly [string, string])[]];

const THINGS: Words = [
  ['Sechskantschraube', 'Hexagon bolt'],
  ['Flügelmutter', 'Wing nut'],
  ['Schlauchschelle', 'Hose clamp'],
  ['Kabelbinder', 'Cable tie'],
  ['Gewindestange', 'Threaded rod'],
  ['Dübel', 'Wall plug'],
];
const QUALITIES: Words = [
  ['verzinkt', 'galvanised'],
  ['aus Edelstahl', 'stainless'],
  ['für außen', 'for outdoor use'],
  ['schwarz', 'black'],
];
const BRANDS = ['Würth & Söhne', 'Bolt Bros.', 'Česká Ocel', 'Fischer', "L'Outil", '山本金属'] as const;

/** Products 1 to `count`; the same for the same count and seed. */
export function generateProducts(count: number, seed = 20_261): DemoProduct[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, (_, index) => generateProduct(index + 1, random));
}

function generateProduct(id: number, random: SeededRandom): DemoProduct {
  const [thing, quality] = [random.pick(THINGS), random.pick(QUALITIES)];
  const size = `M${random.whole(3, 24)} × ${random.whole(10, 200)}`;
  const awkward = id % AWKWARD_EVERY === 0 ? id / AWKWARD_EVERY : null;
  const name = {
    de: nameOf(awkward, `${thing[0]} ${size} ${quality[0]}`),
    en: nameOf(awkward === null ? null : awkward + 5, `${thing[1]} ${size} ${quality[1]}`),
  };
  return {
    id,
    sku: skuOf(id, awkward),
    ean: id % 40 === 0 ? null : String(random.whole(4_000_000_000_000, 4_099_999_999_999)),
    brand: random.pick(BRANDS),
    category: `WG-${random.whole(1, 60)}`,
    unit: random.pick(['C62', 'C62', 'C62', 'KGM', 'MTR']),
    weightGrams: random.whole(1, 25_000),
    taxClass: random.pick(['full', 'full', 'reduced']),
    active: random.next() < 0.95,
    name,
    description: {
      de: `${name.de}. Nr. ${id}, geprüft nach DIN ${random.whole(100, 9999)}; Lieferung im Karton.`,
      en: `${name.en}. No. ${id}, tested to DIN ${random.whole(100, 9999)}; delivered in a box.`,
    },
    priceCents: random.whole(5, 250_000),
    onHand: random.whole(0, 5_000),
    reorderPoint: random.whole(0, 100),
  };
}

function nameOf(awkward: number | null, usual: string): string {
  return awkward === null ? usual : (AWKWARD_TEXTS[awkward % AWKWARD_TEXTS.length] ?? usual);
}

function skuOf(id: number, awkward: number | null): string {
  return awkward === null
    ? `A-${String(id).padStart(6, '0')}`
    : `${AWKWARD_SKUS[awkward % AWKWARD_SKUS.length] ?? ''}${id}`;
}
