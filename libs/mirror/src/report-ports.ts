import type { Entity, EntityStatus, PlanEntity, SetAside, SystemMode } from '#contracts';
import type { BusinessKey } from '#kernel';
import type { Intent, MirrorRow } from './mirror-row.js';

/** A write into the system that ended. */
export interface EndedWrite {
  readonly goldenVersion: bigint;
  readonly operation: Intent['operation'];
  /** `overtaken`: somebody else wrote first, or a read showed that it had not landed. */
  readonly outcome: 'applied' | 'rejected' | 'overtaken';
  /** Milliseconds since the epoch. */
  readonly openedAtMs: number;
  readonly endedAtMs: number;
}

/** A row with the last writes that ended, the oldest first; ten at most. */
export interface ReportedRow extends MirrorRow {
  readonly endedWrites: readonly EndedWrite[];
}

/** What people ask of a connector's database. */
export interface MirrorReports {
  findMode(): Promise<{ readonly mode: SystemMode; readonly sinceMs: number }>;
  saveMode(mode: SystemMode, actor: string): Promise<void>;
  findStatus(entity: Entity): Promise<Omit<EntityStatus, 'caughtUpAt'>>;
  findSetAside(limit: number): Promise<SetAside[]>;
  findPlan(entity: Entity, samples: number): Promise<Omit<PlanEntity, 'lag'>>;
  findRows(entity: Entity, key: BusinessKey): Promise<ReportedRow[]>;
  /** Offset after the last golden message stored, by partition. */
  findApplied(topic: string): Promise<ReadonlyMap<number, bigint>>;
  /** Computes every row's difference anew, page by page, after the mapping changed; rows become due as bulk. */
  recomputeDiffers(
    entity: Entity,
    differsOf: (row: MirrorRow) => readonly string[] | null,
    mappingVersion: string,
  ): Promise<number>;
}
