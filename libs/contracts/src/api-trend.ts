import type { Instant, SystemId } from '#kernel';
import type { DriftItem } from './api.js';
import type { Entity } from './generated/entities.js';

/** Class of open drift; `unlisted` lies beyond the items that a round lists, and its class is not known. */
export type OpenClass = DriftItem['kind'] | 'unlisted';

/** One entity of one system in a {@link TrendPoint}. What nobody told at that time is absent, never zero. */
export interface TrendStore {
  readonly system: SystemId;
  readonly entity: Entity;
  /** Rows whose desired state differs from what the system holds. */
  readonly due?: number;
  /** How long before all that the system had was known. */
  readonly behindMs?: number;
  /** Open drift of the last complete scan; a class without any is absent. */
  readonly open?: Readonly<Partial<Record<OpenClass, number>>>;
  /** How long the oldest drift that calls for a repair was open. */
  readonly oldestMs?: number;
  /** Keys of the last complete scan, and how many of them were equal. */
  readonly confirmed?: { readonly equal: number; readonly keys: number };
}

/** One measurement of the whole hub. */
export interface TrendPoint {
  readonly at: Instant;
  /** Events that wait for Kafka, by service: a system, or `golden`. */
  readonly waiting: Readonly<Record<string, number>>;
  readonly stores: readonly TrendStore[];
}

/** What a series measures: rows, events, milliseconds, records, milliseconds, a share from 0 to 1. */
export type TrendMeasure = 'due' | 'waiting' | 'behindMs' | 'openDrift' | 'oldestDriftMs' | 'confirmedEqual';

/** How one figure moved. */
export interface TrendSeries {
  readonly measure: TrendMeasure;
  /** A system; of `waiting` also `golden`. */
  readonly of: string;
  /** Of open drift, when one system is asked for; null: all classes together. */
  readonly kind: OpenClass | null;
  /** One for each of the times; null where it was not measured. */
  readonly values: readonly (number | null)[];
}

/** `GET /api/trend`. */
export interface TrendReport {
  readonly since: Instant;
  readonly at: Instant;
  /** Between two times farther apart than this nothing was measured. */
  readonly gapMs: number;
  /** Milliseconds since 1970, oldest first. */
  readonly times: readonly number[];
  readonly series: readonly TrendSeries[];
}
