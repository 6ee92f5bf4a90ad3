import type { AuditEntry } from './audit-entry.js';
import type { AuditStore } from './audit-store.js';

/** The port in memory, for tests. */
export class InMemoryAuditStore implements AuditStore {
  private readonly entries: AuditEntry[] = [];

  async append(next: (last: AuditEntry | null) => AuditEntry): Promise<AuditEntry> {
    const entry = next(this.entries.at(-1) ?? null);
    this.entries.push(entry);
    return entry;
  }

  async find(from: bigint, limit: number): Promise<readonly AuditEntry[]> {
    return this.entries.filter(({ seq }) => seq >= from).slice(0, limit);
  }

  async findHead(): Promise<AuditEntry | null> {
    return this.entries.at(-1) ?? null;
  }
}
