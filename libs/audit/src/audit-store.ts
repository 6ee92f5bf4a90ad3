import type { AuditEntry } from './audit-entry.js';

/** Where a chain is kept: entries come, and never change or go. @throws HubError HUB_DATABASE_* */
export interface AuditStore {
  /** Appends what `next` makes of the last entry; appends of several processes follow one another. Committed when it resolves. */
  append(next: (last: AuditEntry | null) => AuditEntry): Promise<AuditEntry>;
  /** In the order of their numbers, from `from` on, at most `limit`. */
  find(from: bigint, limit: number): Promise<readonly AuditEntry[]>;
  findHead(): Promise<AuditEntry | null>;
}

const PAGE = 1_000;

/** All entries of a store, page by page. */
export async function* entriesOf(store: AuditStore): AsyncGenerator<AuditEntry> {
  for (let from = 0n; ;) {
    const page = await store.find(from, PAGE);
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    from = last.seq + 1n;
  }
}
