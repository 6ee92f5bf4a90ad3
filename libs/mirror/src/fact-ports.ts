import type { Entity } from '#contracts';
import type { ExternalId } from '#kernel';

/** What tells one record apart from others. */
export interface RowFacts {
  /** Of the golden record. */
  readonly status: string;
  /** Values of the categorical fields, in the order of their names; null where empty. At most 100 characters each. */
  readonly values: readonly (string | null)[];
  /** What made the hub's last write of the record, and its UTC hour as `2026-11-26T14`; null where it never wrote it. */
  readonly writtenBy: string | null;
  readonly writtenHour: string | null;
}

/** What a round tells of its drift, and of what drift is compared with. Reads take no lock. */
export interface MirrorFacts {
  /** Facts of the records that have a golden record. */
  findFacts(
    entity: Entity,
    categories: readonly string[],
    externalIds: readonly ExternalId[],
  ): Promise<ReadonlyMap<ExternalId, RowFacts>>;
  /**
   * Facts of live records with a golden record: of all where `live` says that there are at most `size`, else of about
   * `size` at random, each with the same chance. @param random in [0, 1)
   */
  sampleFacts(
    entity: Entity,
    categories: readonly string[],
    sample: { readonly live: number; readonly size: number; readonly random: () => number },
  ): Promise<{ readonly facts: readonly RowFacts[]; readonly isSample: boolean }>;
  /**
   * Records, but for those named, that do not hold what the hub wants: `unequal` ones that the system has, `absent` ones
   * that it has not. Costs as much as there are of them, not as there are records.
   */
  countUnequal(
    entity: Entity,
    besides: readonly ExternalId[],
  ): Promise<{ readonly unequal: number; readonly absent: number }>;
}
