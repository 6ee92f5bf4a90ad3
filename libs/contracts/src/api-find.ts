import type { Instant } from '#kernel';
import type { SearchHit } from './api-admin.js';
import type { IndexedRecord } from './api-records.js';
import type { Entity } from './generated/entities.js';

/** A record of a topic, with the business record that it is about. */
export interface FoundRecord extends IndexedRecord {
  /** Null where it is about no record of an entity. */
  readonly entity: Entity | null;
  /** Business key; null where the record does not say it. */
  readonly recordKey: string | null;
}

/** What a text was taken for. */
export type FoundBy = 'key' | 'event' | 'trace' | 'type' | 'time';

/** Records of topics that were found in one way, the newest first. */
export interface FoundGroup {
  readonly by: FoundBy;
  readonly records: readonly FoundRecord[];
  /** There are more, which are older. */
  readonly isCut: boolean;
}

/** `GET /api/find`. */
export interface FindAnswer {
  /** Golden records whose key begins with the text; one that is exactly it comes first. */
  readonly keys: readonly SearchHit[];
  /** Only ways in which something was found. */
  readonly groups: readonly FoundGroup[];
  /** Records of topics that were not indexed yet: with 0 the groups are complete for {@link endsAt}. */
  readonly lag: number;
  readonly endsAt: Instant | null;
  /** Why the index, or golden, did not answer; empty when both did. */
  readonly problems: readonly string[];
}
