import type { Entity } from '#contracts';
import type { BusinessKey, ExternalId } from '#kernel';
import type { LeaseChange, LockedRow, MirrorRow, RowChange } from '#mirror';
import {
  decodeContribution,
  decodeGolden,
  decodeIntent,
  decodeObservation,
  decodeStoredForms,
  encodeContribution,
  encodeGolden,
  encodeIntent,
  encodeObservation,
  encodeStoredForms,
} from './mirror-json.js';

/** A row of table `mirror` as the driver returns it, with what `lockRows` computes. */
export interface MirrorRecord {
  readonly id: string;
  readonly entity: string;
  readonly external_id: string | null;
  readonly key: string;
  readonly observation: string | null;
  readonly contribution: string | null;
  readonly intent: string | null;
  readonly stored_forms: string | null;
  readonly golden: string | null;
  readonly attempts: number;
  readonly retry_at_ms: string;
  readonly written_version: string | null;
  readonly undone: number;
  readonly undone_since_ms: string;
  readonly parked: string | null;
  readonly moved: boolean;
  readonly leased: boolean;
}

/** Columns that {@link toMirrorRow} needs. */
export const MIRROR_COLUMNS = `id, entity, external_id, key, observation, contribution, intent, stored_forms, golden,
  attempts, retry_at_ms, written_version, undone, undone_since_ms, parked`;

/** The stored row as the mirror protocol knows it. */
export function toMirrorRow(record: MirrorRecord): MirrorRow {
  return {
    entity: record.entity as Entity,
    externalId: record.external_id as ExternalId | null,
    key: record.key as BusinessKey,
    observation: decodeObservation(record.observation),
    contribution: decodeContribution(record.contribution),
    intent: decodeIntent(record.intent),
    storedForms: decodeStoredForms(record.stored_forms),
    golden: decodeGolden(record.golden),
    attempts: record.attempts,
    retryAtMs: Number(record.retry_at_ms),
    writtenVersion: record.written_version === null ? null : BigInt(record.written_version),
    undone: record.undone,
    undoneSinceMs: Number(record.undone_since_ms),
    parked: record.parked,
  };
}

/** A locked row. */
export function toLockedRow(record: MirrorRecord): LockedRow {
  return { id: BigInt(record.id), row: toMirrorRow(record), moved: record.moved, leased: record.leased };
}

/** Between two values, and for null, in a joined column; JSON writes such control characters as escapes. */
const SEPARATOR = '\u001e';
const NULL = '\u001f';
/** Says that the stored part stays. */
const KEEP = '=';

/**
 * One parameter per column, in the order of the `save-*.sql` files. Columns of JSON are joined into one text: PostgreSQL
 * splits it faster than it parses an array, and nothing in it needs escaping.
 */
export function toColumns(changes: readonly RowChange[]): unknown[] {
  const rows = changes.map(({ row }) => row);
  return [
    rows.map((row) => row.entity),
    rows.map((row) => row.externalId),
    rows.map((row) => row.key),
    rows.map((row) => row.observation?.status === 'live'),
    rows.map((row) => row.observation?.digest ?? null),
    joined(changes, (row) => row.observation, encodeObservation),
    joined(changes, (row) => row.contribution, encodeContribution),
    joined(changes, (row) => row.intent, encodeIntent),
    joined(changes, (row) => row.storedForms, encodeStoredForms),
    joined(changes, (row) => row.golden, encodeGolden),
    changes.map(({ differs }) => toDiffersText(differs)),
    rows.map((row) => row.attempts),
    rows.map((row) => Math.round(row.retryAtMs)),
    rows.map((row) => row.writtenVersion?.toString() ?? null),
    rows.map((row) => row.undone),
    rows.map((row) => Math.round(row.undoneSinceMs)),
    rows.map((row) => row.parked),
    changes.map(({ bulk }) => bulk ?? null),
    changes.map(({ moves }) => moves),
    changes.map(({ lease }) => leaseOwner(lease)),
    changes.map(({ lease }) => (typeof lease === 'string' ? 0 : lease.forMs)),
    rows.map((row) => row.observation?.version ?? null),
  ];
}

function joined<Part>(
  changes: readonly RowChange[],
  part: (row: MirrorRow) => Part,
  encode: (part: Part) => string | null,
): string {
  const texts = changes.map(({ before, row }) => {
    const now = part(row);
    return before && part(before) === now ? KEEP : (encode(now) ?? NULL);
  });
  return texts.join(SEPARATOR);
}

function toDiffersText(differs: RowChange['differs']): string | null {
  if (differs === 'keep') return KEEP;
  return differs === null ? null : differs.join(',');
}

/** How `save-update.sql` reads the lease. */
function leaseOwner(lease: LeaseChange): string | null {
  if (typeof lease !== 'string') return lease.owner;
  return { keep: null, release: '', 'release-read': '-' }[lease];
}
