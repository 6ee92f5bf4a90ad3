import type { Entity } from '#contracts';
import type { Instant } from '#kernel';
import type { PartitionPlan } from './plan-seed.js';
import type { SeedShape } from './seed-shape.js';
import type { SourceScan } from './source-ports.js';

/** Where a seed that the hub runs writes: a topic of one's own, or a table of a store that the hub file names. */
export type SeedDestination =
  | { readonly kind: 'topic'; readonly topic: string }
  | { readonly kind: 'store'; readonly store: string; readonly table: string };

/** `running` whoever runs it may have died. Who has failed or was aborted stays so: a new seed goes on in the same target. */
export type SeedJobState = 'running' | 'failed' | 'aborted' | 'done';

/** A seed as it was ordered. */
export interface SeedOrder {
  /** Also of its certificate. */
  readonly id: string;
  readonly entity: Entity;
  /** The topic that is read. */
  readonly topic: string;
  readonly destination: SeedDestination;
  readonly shape: SeedShape;
  /** What was to be read when it was ordered. */
  readonly windows: readonly PartitionPlan[];
  /** Who ordered it. */
  readonly actor: string;
}

/** How far a seed is; the target's own positions decide where it goes on. */
export interface SeedJobProgress {
  /** `scanning` the sources, where they are asked; `reading` the topic into the target; `comparing` both at the end. */
  readonly phase: 'scanning' | 'reading' | 'comparing';
  /** How far the scan of each source is; empty where the topic alone is seeded. */
  readonly scans: readonly Pick<SourceScan, 'system' | 'pages' | 'records' | 'isEnded'>[];
  readonly positions: readonly {
    readonly partition: number;
    readonly nextOffset: bigint;
    readonly untilOffset: bigint;
  }[];
  readonly rowsPerSecond: number;
  readonly etaSeconds: number | null;
  /** Messages passed over since the run began. */
  readonly unreadable: number;
  /** Messages compared. */
  readonly compared: number;
}

/** Of a seed before its first page. */
export const SEED_NOT_BEGUN: SeedJobProgress = {
  ...{ phase: 'reading', scans: [], positions: [], rowsPerSecond: 0, etaSeconds: null, unreadable: 0, compared: 0 },
};

/** Why a seed failed. */
export interface SeedProblem {
  /** A code of docs/errors.md. */
  readonly code: string;
  readonly reason: string;
}

/** How a run of a seed ended. `running` leaves it to the next runner. */
export interface SeedEnd {
  readonly state: Exclude<SeedJobState, 'aborted'>;
  readonly problem: SeedProblem | null;
  /** Id of the certificate of one that is done. */
  readonly certificate: string | null;
}

/** A seed as it stands. */
export interface SeedJob extends SeedOrder {
  readonly state: SeedJobState;
  readonly problem: SeedProblem | null;
  readonly certificate: string | null;
  /** Null until its first page. */
  readonly progress: SeedJobProgress | null;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
}

/** What came of asking to run a seed. */
export type SeedClaim =
  | { readonly kind: 'claimed'; readonly job: SeedJob }
  /** Somebody runs it, or did until a moment ago. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'ended'; readonly state: SeedJobState }
  | { readonly kind: 'absent' };

/** Seeds that the hub runs. A runner has a lease; each of its writes names it and prolongs it. Who lost the lease writes nothing any more. */
export interface SeedJobStore {
  /** Keeps it as `running`, for the first who claims it. @throws HubError HUB_SEED_BUSY while another seed into the target runs */
  create(order: SeedOrder): Promise<void>;
  find(id: string): Promise<SeedJob | null>;
  /** The latest first. */
  list(limit: number): Promise<readonly SeedJob[]>;
  /** Takes the lease of a running seed that nobody else has. */
  claim(id: string, owner: string, leaseMs: number): Promise<SeedClaim>;
  /** Ids of running seeds that nobody runs: they are new, or whoever did was killed or left them to the next. The oldest first. */
  findAbandoned(): Promise<readonly string[]>;
  /** Keeps how far it is, and prolongs the lease. @returns what it is by now @throws HubError HUB_LEASE_LOST, HUB_DATABASE_* */
  advance(id: string, owner: string, progress: SeedJobProgress | null): Promise<SeedJobState>;
  /** Ends a run: keeps the progress, gives the lease back, and sets the state unless it was aborted meanwhile. Nothing after a lost lease. */
  end(id: string, owner: string, how: SeedEnd & { readonly progress: SeedJobProgress | null }): Promise<void>;
  /** Aborts a running seed; its runner sees it with its next word. False when it is not running. */
  abort(id: string): Promise<boolean>;
}

/** The target as people name it: `topic team.prices`, `store shop product`. Two seeds into one target are never run at once. */
export function destinationName(destination: SeedDestination): string {
  return destination.kind === 'topic'
    ? `topic ${destination.topic}`
    : `store ${destination.store} ${destination.table}`;
}
