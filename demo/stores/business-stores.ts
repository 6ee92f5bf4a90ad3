import type { Entity } from '#contracts';
import type { DemoCustomer } from '../data/customers.js';
import type { DemoProduct } from '../data/products.js';
import type { Agreement } from './agreement.js';

/** A price of the ERP before and after a change, in EUR. */
export interface RaisedPrice {
  readonly before: string;
  readonly after: string;
}

/** One field: its owner changes it, then somebody else tries to. */
export interface Contest {
  readonly field: string;
  readonly owner: string;
  readonly loser: string;
  readonly entity: Entity;
  /** Business key. */
  readonly key: string;
  /** What the shop must hold, as {@link readShop} prints it. */
  readonly wanted: string;
  readShop(): Promise<string>;
  /** The owner's change. */
  win(): Promise<unknown>;
  /** The other's edit. */
  lose(): Promise<unknown>;
}

/** What happens to one record of the shop behind the hub's back. */
export type DriftKind = 'changed' | 'missing' | 'foreign';

/** One drift that was planted. */
export interface PlantedDrift {
  readonly entity: Entity;
  readonly kind: DriftKind;
  /** Business key. */
  readonly key: string;
}

/** How much the scenes ask of the stores. */
export interface StoreScale {
  /** Prices that scene 4 sets to zero. */
  readonly zeroed: number;
  /** Rows a second: price and stock changes of scene 3, articles of scene 5. */
  readonly inFlightPerSecond: number;
  readonly seedPerSecond: number;
}

/**
 * The business systems of the demo, as the scenes use them: what their own users do, and what can be read in them without
 * the hub. Nothing of the hub is in them.
 */
export interface BusinessStores {
  readonly products: readonly DemoProduct[];
  readonly customers: readonly DemoCustomer[];
  readonly scale: StoreScale;
  /** One sentence for the screen. */
  readonly facts: string;
  /** Hub file, in the folder of the demo, and the variables that it refers to. */
  readonly hubFile: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Systems without a change cursor, which the hub only scans now and then. */
  readonly scanned: readonly string[];
  /** What a scene does otherwise on these systems, by its name. */
  readonly notes: Readonly<Record<string, string>>;
  /** Commands to try on these systems. */
  suggest(sku: string): readonly string[];

  /** Raises one price in the ERP; answers when it is committed. */
  raisePrice(sku: string): Promise<RaisedPrice>;
  /** Price of the shop in cents; null where it has none. */
  readShopCents(sku: string): Promise<string | null>;
  /** Records of all entities in the shop. */
  countShop(): Promise<number>;
  /** The shop beside its owners, for one entity. */
  compare(entity: Entity): Promise<Agreement>;
  contests(): readonly Contest[];

  /** Owners change prices of some products and stock of others. */
  changeInFlight(prices: readonly string[], stocks: readonly string[]): Promise<void>;
  /** Changes, deletes and adds records in the shop; no time of change moves, and nobody is told. */
  plantDrift(): Promise<PlantedDrift[]>;

  /** Ruins these products of the shop in the same way; answers how many. */
  damageShop(skus: readonly string[]): Promise<number>;
  /** Sets so many prices of the ERP to zero, in one transaction; what was there before is kept, as in a backup. */
  zeroPrices(count: number): Promise<number>;
  restorePrices(): Promise<void>;
  countZeroPricesInShop(): Promise<number>;
  /** The newest entry of the shop's own audit of writes. */
  lastWrite(): Promise<string>;
  /** Statements since then by which somebody else than the demo wrote into the shop: in words. */
  foreignWrites(sinceId: string): Promise<string[]>;

  /** The ERP changes the weights of these products (by place in {@link products}). */
  changeWeights(places: readonly number[]): Promise<void>;
  /** Kilograms by article number, as the ERP holds them now, without trailing zeros. */
  weights(): Promise<ReadonlyMap<string, string>>;

  /** Closes the connections. */
  close(): Promise<void>;
}
