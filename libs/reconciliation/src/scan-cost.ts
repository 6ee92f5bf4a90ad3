/** What is known of an entity before it is scanned. */
export interface ScanFacts {
  /** Records that the system has, as far as the hub knows. */
  readonly records: number;
  readonly pageSize: number;
  /** Calls per second that the account allows for rounds; null where no limit is known. */
  readonly callsPerSecond: number | null;
}

/** What a scan costs at least: records that differ are read once more. */
export interface ScanCost extends ScanFacts {
  /** Each is one call. */
  readonly pages: number;
  /** At the rate allowed; null where no limit is known. */
  readonly minutes: number | null;
}

/** How far a scan under way is. */
export interface ScanPace {
  readonly pages: number;
  readonly scanned: number;
  readonly beganAtMs: number;
}

/** Pages, calls and minutes of a scan. An empty system costs a call, too. Pure. */
export function costOfScan(facts: ScanFacts): ScanCost {
  const pages = Math.max(1, Math.ceil(facts.records / facts.pageSize));
  return { ...facts, pages, minutes: facts.callsPerSecond === null ? null : pages / facts.callsPerSecond / 60 };
}

/**
 * Minutes until the last page, at the pace so far, which holds waits and other traffic; never less than the rate allows.
 * Null before the first page. Pure.
 */
export function minutesLeft(cost: ScanCost, { pages, scanned, beganAtMs }: ScanPace, nowMs: number): number | null {
  if (pages === 0) return cost.minutes;
  const perPage = scanned > 0 ? scanned / pages : cost.pageSize;
  const left = Math.max(0, Math.ceil((cost.records - scanned) / Math.max(1, perPage)));
  const atPace = (left * Math.max(0, nowMs - beganAtMs)) / pages / 60_000;
  return cost.callsPerSecond === null ? atPace : Math.max(atPace, left / cost.callsPerSecond / 60);
}
