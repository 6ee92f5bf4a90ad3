import { equalValues } from '#canonical';
import type { CanonicalFields } from '#kernel';
import type { RoundDifference } from './round-jobs.js';

/**
 * One record of the system beside its mirror row. How to fill it without false drift: draw the read ticket, read the
 * record, let a poll that began after this read end (it picks up what its cursor can see), then look at the mirror
 * row; `moved` and `hasIntent` are true when they were at any time since the ticket.
 */
export interface Comparison {
  readonly externalId: string;
  readonly key: string | null;
  /** What the mirror row says the system holds; null when it knows no live record. */
  readonly mirror: CanonicalFields | null;
  /** What was read; null when the record is not there. A field that was not read says nothing. */
  readonly observed: CanonicalFields | null;
  /** A write of the hub, or a second read, is under way. */
  readonly hasIntent: boolean;
  /** The row's observation or intent changed since the read ticket. */
  readonly moved: boolean;
  /** In no golden record, and the system may not create one. */
  readonly isForeign: boolean;
}

/**
 * What one comparison says. `live`: the row moved since the record was read, so that the reading says nothing, and the
 * live path has the record in hand. `again`: nothing can be said while a write is under way.
 */
export type Classification =
  { readonly kind: 'equal' | 'live' | 'again' } | { readonly kind: 'difference'; readonly difference: RoundDifference };

/** Judges a record against its mirror row at the applied position: only what holds still can be drift. */
export function classify(comparison: Comparison): Classification {
  if (comparison.moved) return { kind: 'live' };
  if (comparison.hasIntent) return { kind: 'again' };
  const { mirror, observed } = comparison;
  if (mirror === null && observed === null) return { kind: 'equal' };
  const fields = mirror && observed ? findDiffering(mirror, observed) : ['existence'];
  if (fields.length === 0) return { kind: 'equal' };
  return { kind: 'difference', difference: { ...named(comparison), kind: differenceKind(comparison), fields } };
}

/** The difference of a record that never held still. */
export function toUndecided(comparison: Comparison): RoundDifference {
  return { ...named(comparison), kind: 'undecided', fields: [] };
}

/** Names of the fields that were read and that the mirror does not know, or knows otherwise; in alphabetical order. */
export function findDiffering(mirror: CanonicalFields, observed: CanonicalFields): string[] {
  return Object.keys(observed)
    .filter((name) => !(name in mirror) || !equalValues(mirror[name], observed[name]))
    .sort();
}

function differenceKind({ isForeign, observed }: Comparison): RoundDifference['kind'] {
  if (observed === null) return 'missing';
  return isForeign ? 'foreign' : 'changed';
}

function named({ externalId, key }: Comparison): { externalId: string; key: string | null } {
  return { externalId, key };
}
