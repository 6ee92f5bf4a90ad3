import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What a call to a system is for; they share one budget. `live`: changes on their way in or out; `bulk`: writes that wait
 * behind live ones; `reconcile`: scans and what a round reads again.
 */
export type Lane = 'live' | 'bulk' | 'reconcile';

const storage = new AsyncLocalStorage<Lane>();

/** Runs `work` in a lane, also after awaits. Only rate budgets look at it; no decision rests on it (ADR 22). */
export function inLane<T>(lane: Lane, work: () => T): T {
  return storage.run(lane, work);
}

/** The lane of the running call; `live` where nobody said. */
export function currentLane(): Lane {
  return storage.getStore() ?? 'live';
}
