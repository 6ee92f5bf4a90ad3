import type { OutboxStore } from './ports.js';

/** A store that passes everything on, but the methods that a test replaces. */
export function passingStore(store: OutboxStore, replaced: Partial<OutboxStore> = {}): OutboxStore {
  return {
    shards: 1,
    acquire: (shard, owner, ttlMs) => store.acquire(shard, owner, ttlMs),
    release: (lease) => store.release(lease),
    findPending: (lease, limit, except) => store.findPending(lease, limit, except),
    markSent: (lease, sequences, parked) => store.markSent(lease, sequences, parked),
    findParkedKeys: (lease) => store.findParkedKeys(lease),
    releaseParked: (lease) => store.releaseParked(lease),
    limitRows: (maxRows) => store.limitRows(maxRows),
    findBacklog: () => store.findBacklog(),
    ...replaced,
  };
}
