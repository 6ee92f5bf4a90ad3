import type { ObservedRecord } from '#connector-sdk';
import type { BusinessKey, ExternalId } from '#kernel';
import type { LockedRow, MirrorRow } from '#mirror';

/** A row of a commit: locked, or not yet stored (`id` null). */
export interface IndexedRow {
  readonly id: bigint | null;
  /** As it is stored; null when it is not. */
  readonly before: MirrorRow | null;
  readonly row: MirrorRow;
  readonly moved: boolean;
  readonly leased: boolean;
}

/** The rows of one commit by external id and by key, with the decisions made so far. */
export class RowIndex {
  private readonly locked = new Set<bigint>();
  private readonly byId = new Map<ExternalId, IndexedRow>();
  private readonly byKey = new Map<BusinessKey, IndexedRow>();

  /** Adds a locked row; one that is known already keeps the decision made about it. */
  addLocked(row: LockedRow): void {
    if (this.locked.has(row.id)) return;
    this.locked.add(row.id);
    this.put({ ...row, before: row.row });
  }

  /** Makes a decision visible to later records of the commit. */
  put(row: IndexedRow): void {
    const { externalId, key } = row.row;
    if (externalId !== null) this.byId.set(externalId, row);
    const holder = this.byKey.get(key);
    const isSame = holder !== undefined && (holder.id === row.id || holder.row.externalId === externalId);
    if (!holder || isSame || !isLive(holder)) this.byKey.set(key, row);
  }

  /** The row of a record; null when there is none; a text says why the record is parked. */
  find(record: ObservedRecord): IndexedRow | null | string {
    const known = this.byId.get(record.externalId);
    if (known) {
      if (known.row.key === record.key || record.status === 'deleted') return known;
      return `The key of this record changed from ${known.row.key} to ${record.key}; a rename is an admin's act.`;
    }
    const holder = this.byKey.get(record.key);
    if (!holder) return null;
    if (!isLive(holder)) return record.status === 'deleted' ? null : holder;
    if (record.status === 'deleted') return null;
    return `Two live records have the key ${record.key}: ${holder.row.externalId} and ${record.externalId}.`;
  }
}

function isLive(row: IndexedRow): boolean {
  return row.row.externalId !== null && row.row.observation?.status === 'live';
}
