import type { StoreDrift, TrendPoint } from '#contracts';
import { toHubError, type Clock, type Logger } from '#kernel';
import type { HubReading } from './hub-reader.js';
import { BUCKET_MS, firstFineSlot, KEPT_MS, slotOf, thinTrend } from './thin-trend.js';
import { toTrendPoint } from './trend.js';

const HOUR_MS = 60 * 60_000;

/** Where measurements are kept. A slot has one measurement at most. */
export interface TrendStorePort {
  /** Keeps a measurement, unless its slot has one. */
  add(slot: number, point: TrendPoint): Promise<void>;
  /** Those before a slot that no thinning has passed, oldest first. */
  findUnthinned(beforeSlot: number): Promise<TrendPoint[]>;
  /** Of what is before a slot and unthinned only these slots stay; nothing stays of what is before `firstSlot`. One transaction. */
  thin(beforeSlot: number, keptSlots: readonly number[], firstSlot: number): Promise<void>;
  /** Oldest first. */
  find(fromSlot: number): Promise<TrendPoint[]>;
}

/** What a keeper is made of. */
export interface TrendKeeperOptions {
  readonly store: TrendStorePort;
  readonly drift: () => Promise<readonly StoreDrift[]>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Keeps how the hub was for 24 hours: of the last hour one measurement every half minute, of what is older the peaks of every
 * five minutes. Replicas share the store; a restart loses nothing.
 */
export class TrendKeeper {
  private lastSlot = Number.NEGATIVE_INFINITY;
  private thinnedBucket = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: TrendKeeperOptions) {}

  /** Keeps a measurement of what was read, where the half minute has none. Never throws: what fails is logged. */
  async note(reading: HubReading): Promise<void> {
    const nowMs = Date.parse(reading.at);
    const slot = slotOf(nowMs);
    if (slot === this.lastSlot) return;
    this.lastSlot = slot; // a store that is away is tried again in the next half minute, not at every reading
    try {
      await this.options.store.add(slot, toTrendPoint(reading, await this.readDrift()));
      await this.thin(nowMs);
    } catch (error) {
      this.options.logger.error({ code: toHubError(error).code, error }, 'a measurement of the hub could not be kept');
    }
  }

  /** What was measured in the last hours, oldest first. */
  find(hours: number): Promise<TrendPoint[]> {
    return this.options.store.find(slotOf(this.options.clock.nowMs() - hours * HOUR_MS));
  }

  private async readDrift(): Promise<readonly StoreDrift[] | null> {
    try {
      return await this.options.drift();
    } catch {
      return null; // that the reconciler does not answer is a problem of its own on the page
    }
  }

  private async thin(nowMs: number): Promise<void> {
    const bucket = Math.floor(nowMs / BUCKET_MS);
    if (bucket === this.thinnedBucket) return;
    const { store } = this.options;
    const before = firstFineSlot(nowMs);
    const kept = thinTrend(await store.findUnthinned(before)).map(({ at }) => slotOf(Date.parse(at)));
    await store.thin(before, kept, slotOf(nowMs - KEPT_MS));
    this.thinnedBucket = bucket;
  }
}
