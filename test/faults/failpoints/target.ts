import type { Gate } from './gate.js';

/** Systems that can be killed at. */
export type TargetName = 'tryton' | 'vendure';

/** A product as the system's own users see it. */
export interface TargetProduct {
  readonly key: string;
  readonly de: string | null;
  readonly en: string | null;
  /** Kilograms. */
  readonly weight: number | null;
  readonly active: boolean;
  /** Null where the system has no such text. */
  readonly description: string | null;
  /** The field that the system owns. */
  readonly own: string | null;
}

/** A system that the hub writes, and its users at work in it: nothing here goes through a connector. */
export interface Target {
  readonly name: TargetName;
  /** Id of the system in the hub file. */
  readonly system: 'shop' | 'wms';
  /** The hub's name of the field that the system owns. */
  readonly ownField: 'ean' | 'brand';
  readonly gate: Gate;
  /** Requests that a create and an update of one product need at least. */
  readonly requests: readonly string[];
  /** Its lines under `systems:` of the hub file. */
  readonly hubFile: string;
  readonly hasDescription: boolean;
  /** Every product of this run, one entry for each record. */
  read(): Promise<readonly TargetProduct[]>;
  /** Names of what a cut-short create left and no record needs. */
  leftovers(): Promise<readonly string[]>;
  /** A user gives the product, where there is one, a value in the system's own field. @returns whether there was one */
  editOwn(key: string, value: string): Promise<boolean>;
  /** A user renames a product in English. */
  editName(key: string, text: string): Promise<void>;
  close(): Promise<void>;
}
