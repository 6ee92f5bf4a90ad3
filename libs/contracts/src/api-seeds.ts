import type { Instant } from '#kernel';
import type { Entity } from './generated/entities.js';
import type { ReplayConditionWish, WindowReport } from './api-replays.js';
import type { ScanReport } from './scan-api.js';

/** Where a seed writes: a topic of one's own, or a table of a store that the hub file names. */
export type SeedTargetWish =
  | { readonly kind: 'topic'; readonly topic: string }
  /** The table is named as the entity unless said. */
  | { readonly kind: 'store'; readonly store: string; readonly table?: string };

/** Body of `POST /api/seeds` and `POST /api/seeds/plan`: what somebody wants to have seeded. */
export interface SeedWish {
  readonly entity: Entity;
  readonly to: SeedTargetWish;
  /** Conditions on the key and on fields, all of which must hold. */
  readonly where?: readonly ReplayConditionWish[];
  /** Absent: all. */
  readonly fields?: readonly string[];
  /** The state as it was then; absent: as it is. */
  readonly asOf?: string;
  /** Where the first state comes from: a scan of the systems, then live; absent: the topic. */
  readonly from?: 'topic' | 'sources';
}

/** A store that may be seeded from the page. Its address stays with the server. */
export interface SeedStoreReport {
  readonly name: string;
  /** Schema that its tables are made in. */
  readonly schema: string;
}

/** Answer of `POST /api/seeds/plan`: what a seed would read. Nothing was written. */
export interface SeedPlanReport {
  readonly entity: Entity;
  /** The topic that would be read. */
  readonly source: string;
  /** The target, without user and password. */
  readonly target: string;
  /** What of the topic the target would hold, in words. */
  readonly shape: string;
  /** True when an earlier seed into this target goes on. */
  readonly isResumed: boolean;
  /** Records that the target has already; null where only a reader of the whole target knows. */
  readonly liveRecords: number | null;
  readonly partitions: readonly WindowReport[];
  /** At most so many messages: compaction leaves gaps between offsets. */
  readonly messages: number;
  /** What scanning each source costs; empty where the topic alone is read. */
  readonly scans: readonly ScanReport[];
}

/** A seed as it stands. */
export interface SeedReport {
  readonly id: string;
  readonly entity: Entity;
  readonly source: string;
  /** As it was asked for: the same wish goes on where this seed stands. */
  readonly wish: SeedWish;
  readonly shape: string;
  readonly state: 'running' | 'failed' | 'aborted' | 'done';
  /** `scanning` the sources, where they are asked; `reading` the topic into the target; `comparing` both at the end. */
  readonly phase: 'scanning' | 'reading' | 'comparing';
  /** How far the scan of each source is; empty where the topic alone is seeded. */
  readonly scans: readonly {
    readonly system: string;
    readonly pages: number;
    readonly records: number;
    readonly isEnded: boolean;
  }[];
  readonly problem: { readonly code: string; readonly reason: string } | null;
  readonly actor: string;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
  /** Messages passed, of those to pass: at most so many, since compaction leaves gaps. */
  readonly read: number;
  readonly total: number;
  /** Of the messages to pass, 0 to 100. */
  readonly percent: number;
  readonly compared: number;
  /** Records that the target took each second, and how long the rest takes; null while nothing can be said. */
  readonly perSecond: number;
  readonly etaSeconds: number | null;
  readonly unreadable: number;
  readonly positions: readonly (WindowReport & { readonly next: string })[];
  /** Id of its certificate; null until it is done. */
  readonly certificate: string | null;
}

/** A certificate of a seed, also of the command line. */
export interface SeedCertificateReport {
  readonly id: string;
  readonly topic: string;
  readonly entity: Entity;
  readonly target: string;
  readonly shape: string;
  readonly by: string;
  readonly at: Instant;
  readonly records: number;
  readonly live: number;
  readonly digest: string;
  readonly keyId: string;
  /** Whether it says what was signed, by a key that the server has. */
  readonly isSigned: boolean;
  /** What the sources said, and how the topic differed from it; null where the topic alone was seeded. */
  readonly sources: {
    readonly notedAt: Instant;
    readonly systems: readonly { readonly system: string; readonly records: number; readonly silent: number }[];
    readonly differences: {
      readonly added: number;
      readonly changed: number;
      readonly removed: number;
      readonly keys: readonly string[];
    };
  } | null;
  readonly partitions: readonly (WindowReport & {
    readonly records: number;
    readonly live: number;
    readonly digest: string;
  })[];
}
