import type { RevertedField, RevertSelection, SkippedField } from '#contracts';
import type { Repair, RevertItemRow, RevertRow } from '#golden-record';
import type { BusinessKey, CanonicalFields, ExternalId, Instant, RecordStatus, SystemId } from '#kernel';

export interface RevertSqlRow {
  readonly id: string;
  readonly selection: RevertSelection;
  readonly state: RevertRow['state'];
  readonly digest: string | null;
  readonly created: Instant;
  readonly created_by: string;
  readonly approved_by: string | null;
  readonly reason: string | null;
}

export interface ItemSqlRow {
  readonly key: BusinessKey;
  readonly outcome: RevertItemRow['outcome'];
  readonly selected: readonly string[];
  readonly version: string;
  readonly changes: readonly RevertedField[];
  readonly skipped: readonly SkippedField[];
}

export interface RepairSqlRow {
  readonly round_id: string;
  readonly key: BusinessKey;
  readonly system: SystemId;
  readonly external_id: ExternalId;
  readonly epoch: number;
  readonly sequence: string;
  readonly version: string;
  readonly status: RecordStatus;
  readonly found: CanonicalFields;
}

export function toRevert({ created, created_by, approved_by, ...row }: RevertSqlRow): RevertRow {
  return { ...row, createdAt: created, createdBy: created_by, approvedBy: approved_by };
}

export function toItem({ selected, version, ...row }: ItemSqlRow): RevertItemRow {
  return { ...row, selected: selected.map(BigInt), version: BigInt(version) };
}

export function toItemRow({ key, outcome, version, changes, skipped }: RevertItemRow): object {
  return { key, outcome, version: version.toString(), changes, skipped };
}

export function toRepair({ round_id, external_id, sequence, version, ...row }: RepairSqlRow): Repair {
  const numbers = { sequence: BigInt(sequence), version: BigInt(version) };
  return { ...row, ...numbers, roundId: round_id, externalId: external_id };
}

export function toRepairRow({ roundId, externalId, sequence, version, ...repair }: Repair): object {
  const numbers = { sequence: sequence.toString(), version: version.toString() };
  return { ...repair, ...numbers, round_id: roundId, external_id: externalId };
}
