import type { CanonicalValue } from '#kernel';

/** A product's fields as one text, by which records of topics and stores are compared. */
export function valueOf(fields: Readonly<Record<string, CanonicalValue>>): string {
  const sorted = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(sorted.map(([name, value]) => [name, sortTexts(value)]));
}

/** The value of a product of the workload: each revision of a key has another one, in every field. */
export function revisionValue(key: string, revision: number): string {
  return valueOf({ name: { de: titleOf(key, revision) }, brand: makerOf(revision), weight: String(revision / 1000) });
}

/** Title of a revision. */
export function titleOf(key: string, revision: number): string {
  return `Schraube ${key}, Ausgabe ${revision}`;
}

/** Maker of a revision. */
export function makerOf(revision: number): string {
  return `Maker ${revision}`;
}

function sortTexts(value: CanonicalValue): unknown {
  return value !== null && typeof value === 'object' ? Object.entries(value).sort() : value;
}
