import type { Entity, EntityStatus, PlanEntity, SetAside, SystemMode } from '#contracts';
import type { BusinessKey } from '#kernel';
import type { MirrorRow } from './mirror-row.js';

/** What people ask of a connector's database. */
export interface MirrorReports {
  findMode(): Promise<{ readonly mode: SystemMode; readonly sinceMs: number }>;
  saveMode(mode: SystemMode, actor: string): Promise<void>;
  findStatus(entity: Entity): Promise<Omit<EntityStatus, 'caughtUpAt'>>;
  findSetAside(limit: number): Promise<SetAside[]>;
  findPlan(entity: Entity, samples: number): Promise<Omit<PlanEntity, 'lag'>>;
  findRows(entity: Entity, key: BusinessKey): Promise<MirrorRow[]>;
  /** Offset after the last golden message stored, by partition. */
  findApplied(topic: string): Promise<ReadonlyMap<number, bigint>>;
  /** Computes every row's difference anew, page by page, after the mapping changed; rows become due as bulk. */
  recomputeDiffers(
    entity: Entity,
    differsOf: (row: MirrorRow) => readonly string[] | null,
    mappingVersion: string,
  ): Promise<number>;
}
