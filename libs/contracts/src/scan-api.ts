import type { Instant, SystemId } from '#kernel';
import type { ContributionEvent } from './events.js';
import type { Entity } from './generated/entities.js';

/** What scanning an entity of a system costs, and how far the scan under way is. */
export interface ScanReport {
  readonly system: SystemId;
  readonly entity: Entity;
  /** `digests`: the system computes digests, and only what differs is read; `pages`: every record is read. */
  readonly by: 'digests' | 'pages';
  /** Records that the system has, as far as the hub knows. */
  readonly records: number;
  readonly pageSize: number;
  /** One call each. */
  readonly pages: number;
  /** What the account allows for rounds; null where no limit is known. */
  readonly callsPerSecond: number | null;
  /** At that rate; null where no limit is known. */
  readonly minutes: number | null;
  /** Null while no round scans by pages. */
  readonly progress: ScanProgress | null;
}

/** How far a scan is. */
export interface ScanProgress {
  readonly roundId: string;
  readonly pages: number;
  readonly scanned: number;
  /** Pages that were read when the scan was last taken up again, after its process had ended; null when it never was. */
  readonly resumedAt: number | null;
  /** Why the scan was begun anew; null when it was not. */
  readonly restarted: string | null;
  /** All pages are read; what differs is read again. */
  readonly isRead: boolean;
  readonly minutesLeft: number | null;
  readonly beganAt: Instant;
}

/** What a system says of one record, read now: the whole contribution, as its change event would be. */
export interface SourceRecord extends Omit<ContributionEvent, 'entity' | 'system' | 'observedAt' | 'sequence'> {
  readonly sequence: string;
}

/** Answer of `GET /source/{entity}`: one page of all records of a system, or those that were asked for. Nothing was stored. */
export interface SourcePage {
  readonly records: readonly SourceRecord[];
  /** External ids of records that are there, of which the system itself says nothing, or nothing that can be read. */
  readonly silent: readonly string[];
  /** Why the first of the silent ones can't be read; empty where all can. */
  readonly problems: readonly string[];
  /** Where the next page begins; null after the last one. */
  readonly next: string | null;
}
