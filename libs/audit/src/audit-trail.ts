import { instantOfMs, type Clock } from '#kernel';
import { chainEntry } from './audit-chain.js';
import type { AuditEvent } from './audit-entry.js';
import type { AuditKeys } from './audit-keys.js';
import type { AuditStore } from './audit-store.js';

/** What a trail is made of. */
export interface AuditTrailOptions {
  readonly store: AuditStore;
  readonly keys: AuditKeys;
  readonly clock: Clock;
  /** Called after every entry: the end of the chain wants to be published. */
  readonly onEntry: () => void;
}

/** Keeps what happens, each entry chained to the one before. */
export class AuditTrail {
  constructor(private readonly options: AuditTrailOptions) {}

  /** Resolves when the entry is committed. @throws HubError HUB_DATABASE_* */
  async record(event: AuditEvent): Promise<void> {
    const { store, keys, clock, onEntry } = this.options;
    const at = instantOfMs(clock.nowMs());
    await store.append((last) => chainEntry(event, { last, at, key: keys.signing }));
    onEntry();
  }
}
