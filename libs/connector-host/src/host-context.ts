import type { Capabilities, Connector } from '#connector-sdk';
import type { ContributionEvent, Entity, TopicNames } from '#contracts';
import type { Clock, Logger, Metrics, SystemId } from '#kernel';
import type { RestoredSystem } from './restored-system.js';
import type { DesiredMapping, LeaseOwner, MirrorDigests, MirrorFacts, MirrorStore, SystemTraits } from '#mirror';
import type { RangePlanStore } from '#reconciliation';
import type { Failpoint } from './failpoints.js';

/** One entity of the system, ready to work with. */
export interface EntityContext {
  readonly entity: Entity;
  readonly capabilities: Capabilities;
  readonly traits: SystemTraits;
  /** Names the mapping and its options: what was compared under another one does not count. */
  readonly mappingVersion: string;
  /** The mapping in force, as far as writing goes: while a restored system is pushed forward, that of all fields. */
  readonly mapping: DesiredMapping;
  /** Golden fields by whose values drift is told apart. */
  readonly categories?: readonly string[];
}

/** Periods, sizes and limits of a host; all have defaults. */
export interface HostSettings {
  /** Pause between polls that found nothing. */
  readonly pollIntervalMs: number;
  /** Pause between complete scans of a system without cursor. */
  readonly scanIntervalMs: number;
  /** Records per page. */
  readonly pageSize: number;
  /** Records of one bounded read (source batch) at most. */
  readonly batchSize: number;
  /** Polling waits while more rows than this wait in the outbox. */
  readonly maxOutboxRows: number;
  /** How long a writer or second reader may keep a row. */
  readonly leaseMs: number;
  /** Source times further ahead than this are clamped. */
  readonly maxSkewMs: number;
}

/** Settings when nothing else is said. */
export const HOST_DEFAULTS: HostSettings = {
  pollIntervalMs: 200,
  scanIntervalMs: 60_000,
  pageSize: 500,
  batchSize: 2_000,
  maxOutboxRows: 10_000,
  leaseMs: 30_000,
  maxSkewMs: 300_000,
};

/** What every part of a host works with. */
export interface HostContext {
  readonly system: SystemId;
  readonly connector: Connector;
  /** Whether this process' connection may write: a replica follows the mode in force within moments. */
  readonly isOpenToWrite: () => boolean;
  readonly entities: ReadonlyMap<Entity, EntityContext>;
  readonly store: MirrorStore;
  /** The mirror's digests and the kept ranges, for scans of systems that compute digests. */
  readonly digests: MirrorDigests & RangePlanStore;
  /** What tells drifting records apart. */
  readonly facts: MirrorFacts;
  readonly topics: TopicNames;
  /** Avro in the registry's wire format. */
  readonly encode: (event: ContributionEvent) => Buffer;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly settings: HostSettings;
  /** The tasks of this process, as owners of leases: each counts as somebody else to the others. */
  readonly owners: { readonly reader: LeaseOwner; readonly rereader: LeaseOwner; readonly writer: LeaseOwner };
  /** Tells the relay that rows wait, the writer that rows may be due, the second reader that rows are queued. */
  readonly wake: { outbox(): void; writer(entity: Entity): void; rereader(entity: Entity): void };
  readonly outboxRows: () => Promise<number>;
  /** Whether the system went back in time. */
  readonly restored: RestoredSystem;
  /** Where fault runs kill the process; does nothing otherwise. */
  readonly failpoint: Failpoint;
}
