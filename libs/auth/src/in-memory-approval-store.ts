import type { Instant } from '#kernel';
import type { ApprovalRequest, ApprovalStore, PendingApproval } from './second-person.js';

/** The port in memory, for tests. */
export class InMemoryApprovalStore implements ApprovalStore {
  private readonly pending = new Map<string, PendingApproval>();

  async ask(pending: PendingApproval, validFrom: Instant): Promise<PendingApproval> {
    const kept = this.pending.get(nameOf(pending));
    if (kept && kept.askedAt >= validFrom) return kept;
    this.pending.set(nameOf(pending), pending);
    return pending;
  }

  async list(validFrom: Instant): Promise<readonly PendingApproval[]> {
    const valid = [...this.pending.values()].filter(({ askedAt }) => askedAt >= validFrom);
    return valid.sort((a, b) => (a.askedAt < b.askedAt ? -1 : 1));
  }

  async settle(request: ApprovalRequest): Promise<void> {
    this.pending.delete(nameOf(request));
  }
}

function nameOf({ act, subject, digest }: ApprovalRequest): string {
  return JSON.stringify([act, subject, digest]);
}
