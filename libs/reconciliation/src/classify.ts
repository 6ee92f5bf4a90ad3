import { equalValues } from '#canonical';
import type { CanonicalFields } from '#kernel';
import type { RoundDifference } from './round-jobs.js';

/** A record on one side of a comparison. */
export interface RecordState {
  readonly version: string | null;
  /** 16 hex digits; null where it was not computed. Equal digests mean equal records. */
  readonly digest: string | null;
  readonly fields: CanonicalFields;
}

/**
 * One record of the system beside its mirror row. How to fill it without false drift: draw the read ticket, read the
 * record, let a poll that began after this read end (it picks up what its cursor can see), then look at the mirror
 * row; `moved` and `hasIntent` are true when they were at any time since the ticket.
 */
export interface Comparison {
  readonly externalId: string;
  readonly key: string | null;
  /** What the mirror row says the system holds; null when it knows no live record. */
  readonly mirror: RecordState | null;
  /** What a direct read found; null when the record is not there. */
  readonly observed: RecordState | null;
  /** The row has a write of the hub under way. */
  readonly hasIntent: boolean;
  /** The row's observation or intent changed since the read ticket. */
  readonly moved: boolean;
  /** In no golden record, and the system may not create one. */
  readonly isForeign: boolean;
}

/** What one comparison says. `again`: nothing can be said while the row moves; read both sides again. */
export type Classification =
  | { readonly kind: 'equal' }
  | { readonly kind: 'again' }
  | { readonly kind: 'difference'; readonly difference: RoundDifference };

/** Judges a record against its mirror row at the applied position: only what holds still can be drift. */
export function classify(comparison: Comparison): Classification {
  if (comparison.moved || comparison.hasIntent) return { kind: 'again' };
  const { mirror, observed } = comparison;
  if (mirror === null && observed === null) return { kind: 'equal' };
  const fields = mirror && observed ? findDiffering(mirror, observed) : [];
  if (mirror && observed && fields.length === 0) return { kind: 'equal' };
  return { kind: 'difference', difference: { ...named(comparison), kind: differenceKind(comparison), fields } };
}

/** The difference of a record that never held still. */
export function toUndecided(comparison: Comparison): RoundDifference {
  return { ...named(comparison), kind: 'undecided', fields: [] };
}

/** In alphabetical order. A field that the system does not show says nothing. */
function findDiffering(mirror: RecordState, observed: RecordState): string[] {
  if (mirror.digest !== null && mirror.digest === observed.digest) return [];
  return Object.keys(observed.fields)
    .filter((name) => !equalValues(mirror.fields[name], observed.fields[name]))
    .sort();
}

function differenceKind({ isForeign, observed }: Comparison): RoundDifference['kind'] {
  if (isForeign) return 'foreign';
  return observed === null ? 'missing' : 'changed';
}

function named({ externalId, key }: Comparison): { externalId: string; key: string | null } {
  return { externalId, key };
}
