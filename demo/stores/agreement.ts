import { createHash } from 'node:crypto';
import type { Entity } from '#contracts';

/** The shop beside what its owners say, compared without the hub. */
export interface Agreement {
  /** Records in the owners' stores. */
  readonly records: number;
  /** Keys of records that the shop lacks or holds otherwise, and of those that only the shop has. */
  readonly unequal: readonly string[];
  readonly onlyInShop: readonly string[];
  readonly digestSource: string;
  /** Of the shop's records, without those that only the shop has. */
  readonly digestTarget: string;
}

/** Entities that the shop holds. */
export const ENTITIES: readonly Entity[] = ['product', 'price', 'stock-level', 'customer'];

/** Values of each record as one text, by key. */
export type Rows = ReadonlyMap<string, string>;
/** A record with its key; the order of its columns counts. */
export type Row = Readonly<Record<string, unknown>> & { readonly key: string };

/** Compares what the owners say with what the shop holds, record by record. */
export function agree(source: Rows, target: Rows): Agreement {
  const unequal = [...source].filter(([key, values]) => target.get(key) !== values).map(([key]) => key);
  const onlyInShop = [...target.keys()].filter((key) => !source.has(key));
  const known = new Map([...target].filter(([key]) => source.has(key)));
  return { records: source.size, unequal, onlyInShop, digestSource: digestOf(source), digestTarget: digestOf(known) };
}

/** Rows of `left` with the columns of the row of `right` that has the same key. */
export function join(left: readonly Row[], right: readonly Row[]): Row[] {
  const byKey = new Map(right.map((row) => [row.key, row]));
  return left.map((row) => ({ ...row, ...byKey.get(row.key) }));
}

export function toRows(rows: readonly Row[]): Rows {
  return new Map(rows.map((row) => [row.key, JSON.stringify(Object.values(row))]));
}

function digestOf(rows: Rows): string {
  const hash = createHash('sha256');
  for (const values of [...rows.values()].sort()) hash.update(`${values}\n`);
  return hash.digest('hex').slice(0, 32);
}
