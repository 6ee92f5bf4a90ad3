import type { OverRepresented } from '#contracts';
import { findOverRepresented, type FacetCount } from './attribution.js';
import type { DriftGroup, DriftTotals, Store, StorePopulation } from './drift-reads.js';

/** What is known of the drift of some rounds. */
export interface DriftSeen {
  readonly groups: readonly DriftGroup[];
  /** Newest first. */
  readonly populations: readonly StorePopulation[];
  readonly totals: { readonly newest: readonly DriftTotals[]; readonly earlier: readonly DriftTotals[] };
  /** How many fields a store maps. */
  readonly fieldsOf: (store: Store) => number;
}

/** A count with where it belongs and what it is compared with. */
interface Counted extends FacetCount {
  readonly store: Store | null;
  readonly comparedWith: OverRepresented['base'];
}

type Values = ReadonlyMap<string, number>;

/**
 * Which field, class, system, writer, hour, status and category drift has more often than chance explains: all that is
 * looked at counts as one family of tests. Undecided records are no drift. Pure.
 */
export function attributeDrift(seen: DriftSeen): OverRepresented[] {
  const groups = seen.groups.filter(({ kind }) => kind !== 'undecided');
  const stores = new Map(groups.map(({ system, entity }) => [`${system} ${entity}`, { system, entity }]));
  const counts = [...stores.values()].flatMap((store) => {
    const own = groups.filter(({ system, entity }) => system === store.system && entity === store.entity);
    return [...countFields(store, own, seen.fieldsOf(store)), ...countFacts(store, own, seen.populations)];
  });
  const all = [...counts, ...countClasses(groups, seen.totals.earlier), ...countSystems(groups, seen.totals.newest)];
  return findOverRepresented(all).map(({ store, comparedWith, drift, driftOf, ...finding }) => {
    const { facet, value, driftShare, baseShare, lift, liftAtLeast } = finding;
    const where = { system: store?.system ?? null, entity: store?.entity ?? null };
    return { ...where, facet, value, drift, driftOf, driftShare, baseShare, base: comparedWith, lift, liftAtLeast };
  });
}

/** Against the same number of differing fields, spread evenly. */
function countFields(store: Store, groups: readonly DriftGroup[], fields: number): Counted[] {
  const changed = groups.filter(({ kind }) => kind === 'changed');
  const values = sum(changed.flatMap(({ fields: names, count }) => names.map((name) => [name, count] as const)));
  const driftOf = total(changed);
  const hits = [...values.values()].reduce((one, other) => one + other, 0);
  if (fields < 2) return [];
  return toCounts({ store, facet: 'field', values, driftOf }, 'fields', () => ({
    base: hits / fields,
    baseOf: driftOf,
  }));
}

/** Against the records that the newest scan which counted this value looked at. */
function countFacts(store: Store, groups: readonly DriftGroup[], populations: readonly StorePopulation[]): Counted[] {
  const own = populations.filter(({ system, entity }) => system === store.system && entity === store.entity);
  const facets = new Set(groups.flatMap(({ facts }) => Object.keys(facts ?? {})));
  return [...facets].flatMap((facet) => {
    const known = groups.filter(({ facts }) => facts !== null && Object.hasOwn(facts, facet));
    const values = sum(known.map(({ facts, count }) => [facts?.[facet] ?? '', count] as const));
    return [...values].flatMap(([value, drift]) => {
      const counted = own.find(({ population }) => Object.hasOwn(population.counts[facet] ?? {}, value))?.population;
      if (!counted) return [];
      const among = { base: counted.counts[facet]?.[value] ?? 0, baseOf: counted.records, isSample: counted.isSample };
      const comparedWith = counted.isSample ? ('sample' as const) : ('records' as const);
      return [{ store, facet, value, drift, driftOf: total(known), ...among, comparedWith }];
    });
  });
}

/** Against the classes of the drift before. */
function countClasses(groups: readonly DriftGroup[], earlier: readonly DriftTotals[]): Counted[] {
  const values = sum(groups.map(({ kind, count }) => [kind, count] as const));
  const before = sum(earlier.flatMap(({ changed, missing, foreign }) => Object.entries({ changed, missing, foreign })));
  const baseOf = [...before.values()].reduce((one, other) => one + other, 0);
  if (baseOf === 0) return [];
  const driftOf = total(groups);
  const counts = toCounts({ store: null, facet: 'class', values, driftOf }, 'earlier', (value) => ({
    ...{ base: before.get(value) ?? 0, baseOf },
  }));
  return counts.map((count) => ({ ...count, isSample: true }));
}

/** Against the records of each system. */
function countSystems(groups: readonly DriftGroup[], newest: readonly DriftTotals[]): Counted[] {
  const records = sum(newest.map(({ system, scanned, missing }) => [system as string, scanned + missing] as const));
  if (records.size < 2) return [];
  const values = sum(groups.map(({ system, count }) => [system as string, count] as const));
  const baseOf = [...records.values()].reduce((one, other) => one + other, 0);
  return toCounts({ store: null, facet: 'system', values, driftOf: total(groups) }, 'records', (value) => ({
    ...{ base: records.get(value) ?? 0, baseOf },
  }));
}

function toCounts(
  { store, facet, values, driftOf }: Pick<Counted, 'store' | 'facet' | 'driftOf'> & { readonly values: Values },
  comparedWith: Counted['comparedWith'],
  baseOf: (value: string) => Pick<FacetCount, 'base' | 'baseOf'>,
): Counted[] {
  return [...values].map(([value, drift]) => ({
    ...{ store, facet, value, drift, driftOf, comparedWith, isSample: false },
    ...baseOf(value),
  }));
}

function sum(parts: readonly (readonly [string, number])[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [name, count] of parts) sums.set(name, (sums.get(name) ?? 0) + count);
  return sums;
}

function total(groups: readonly DriftGroup[]): number {
  return groups.reduce((all, { count }) => all + count, 0);
}
