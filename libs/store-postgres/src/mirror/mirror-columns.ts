import type { Entity } from '#contracts';
import type { BusinessKey, ExternalId } from '#kernel';
import type {
  Contribution,
  GoldenState,
  Intent,
  LeaseChange,
  LockedRow,
  MirrorRow,
  Observation,
  RowChange,
  StoredForm,
} from '#mirror';

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

const BIGINT_NAMES = new Set(['sequence', 'statusSequence', 'version', 'mergedSequence', 'goldenVersion']);

/** JSON of a part of a row; bigints are written as strings. */
function encode(part: object | null): string | null {
  if (part === null) return null;
  return JSON.stringify(part, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}

/** Restores the bigints of an envelope; `only` lists the names that are bigints there. */
function restore(envelope: Record<string, unknown>): Record<string, unknown> {
  for (const name of Object.keys(envelope)) {
    const value = envelope[name];
    if (BIGINT_NAMES.has(name) && typeof value === 'string') envelope[name] = BigInt(value);
  }
  return envelope;
}

function decodeContribution(text: string | null): Contribution | null {
  if (text === null) return null;
  const envelope = restore(JSON.parse(text) as Record<string, unknown>) as { fields: Record<string, unknown> };
  for (const field of Object.values(envelope.fields)) restore(field as Record<string, unknown>);
  return envelope as unknown as Contribution;
}

function decodeEnvelope(text: string | null): unknown {
  return text === null ? null : restore(JSON.parse(text) as Record<string, unknown>);
}

/** The stored row as the mirror protocol knows it. */
export function toMirrorRow(record: MirrorRecord): MirrorRow {
  return {
    entity: record.entity as Entity,
    externalId: record.external_id as ExternalId | null,
    key: record.key as BusinessKey,
    // an observation's version is the system's own text, not a bigint
    observation: record.observation === null ? null : (JSON.parse(record.observation) as Observation),
    contribution: decodeContribution(record.contribution),
    intent: decodeEnvelope(record.intent) as Intent | null,
    storedForms: (record.stored_forms === null ? {} : JSON.parse(record.stored_forms)) as Record<string, StoredForm>,
    golden: decodeEnvelope(record.golden) as GoldenState | null,
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

/** One array per column, in the order that `save-*.sql` unnests them. */
export function toColumns(changes: readonly RowChange[]): unknown[][] {
  const rows = changes.map(({ row }) => row);
  return [
    rows.map((row) => row.entity),
    rows.map((row) => row.externalId),
    rows.map((row) => row.key),
    rows.map((row) => row.observation?.status === 'live'),
    rows.map((row) => row.observation?.digest ?? null),
    rows.map((row) => encode(row.observation)),
    rows.map((row) => encode(row.contribution)),
    rows.map((row) => encode(row.intent)),
    rows.map((row) => (Object.keys(row.storedForms).length === 0 ? null : encode(row.storedForms))),
    rows.map((row) => encode(row.golden)),
    changes.map(({ differs }) => (differs === null ? null : differs.join(','))),
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
  ];
}

/** How `save-update.sql` reads the lease. */
function leaseOwner(lease: LeaseChange): string | null {
  if (typeof lease !== 'string') return lease.owner;
  return { keep: null, release: '', 'release-read': '-' }[lease];
}
