import type { Clock } from '#kernel';
import type { Database } from '../database.js';
import { PassedRuns, type NumberRange } from './passed-runs.js';
import { PendingFloor } from './pending-floor.js';

/** A page's statement names no more. */
const MOST_RANGES = 8;

/** Where the pending rows of one shard can lie, as far as its leader knows. */
export class ShardReading {
  readonly floor: PendingFloor;
  private readonly passed = new PassedRuns();

  constructor(database: Database, clock: Clock, floorEveryMs: number, position?: () => Promise<bigint>) {
    this.floor = new PendingFloor(database, clock, floorEveryMs, position);
  }

  /** Call it before a reading. */
  prepare(): Promise<void> {
    return this.floor.prepare();
  }

  /** Where to read. */
  rangesBut(inFlight: readonly bigint[]): readonly NumberRange[] {
    return this.passed.rangesAbove(this.floor.value, inFlight, MOST_RANGES);
  }

  /** Says what a reading of those ranges found. */
  found(inFlight: readonly bigint[], first: bigint | null): void {
    this.floor.found(lowestOf(first === null ? inFlight : [...inFlight, first]));
  }

  /** Rows that are gone, which its leader removed. */
  removed(sequences: readonly bigint[]): void {
    this.passed.add(sequences);
  }
}

function lowestOf(sequences: readonly bigint[]): bigint | null {
  return sequences.reduce<bigint | null>((low, each) => (low === null || each < low ? each : low), null);
}
