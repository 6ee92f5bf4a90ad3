import type { ApprovalRequest, ApprovalStore, PendingApproval } from '#auth';
import type { Instant } from '#kernel';
import type { Sql } from '../database.js';
import { instantColumn } from './instant-columns.js';

interface ApprovalRow {
  readonly asked_by: string;
  readonly asked_at: Instant;
}

/** The conflicting row is locked, so that of two at once one is first; an outdated one is replaced in place. */
const ASK = `
  INSERT INTO pending_approval AS kept (act, subject, digest, asked_by, asked_at) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (act, subject, digest) DO UPDATE SET
    asked_by = CASE WHEN kept.asked_at < $6 THEN excluded.asked_by ELSE kept.asked_by END,
    asked_at = CASE WHEN kept.asked_at < $6 THEN excluded.asked_at ELSE kept.asked_at END
  RETURNING asked_by, ${instantColumn('asked_at')}`;
const LIST = `
  SELECT act, subject, digest, asked_by, ${instantColumn('asked_at')} FROM pending_approval
  WHERE pending_approval.asked_at >= $1 ORDER BY pending_approval.asked_at, subject`;
const SETTLE = 'DELETE FROM pending_approval WHERE act = $1 AND subject = $2 AND digest = $3';

/** Acts of one service that wait for a second person; one statement a call. */
export class PostgresApprovalStore implements ApprovalStore {
  constructor(private readonly sql: Sql) {}

  async ask(pending: PendingApproval, validFrom: Instant): Promise<PendingApproval> {
    const { act, subject, digest, askedBy, askedAt } = pending;
    const [row] = await this.sql.query<ApprovalRow>(ASK, [act, subject, digest, askedBy, askedAt, validFrom]);
    return row ? { act, subject, digest, askedBy: row.asked_by, askedAt: row.asked_at } : pending;
  }

  async list(validFrom: Instant): Promise<readonly PendingApproval[]> {
    const rows = await this.sql.query<ApprovalRow & ApprovalRequest>(LIST, [validFrom]);
    return rows.map(({ act, subject, digest, asked_by, asked_at }) => {
      return { act, subject, digest, askedBy: asked_by, askedAt: asked_at };
    });
  }

  async settle({ act, subject, digest }: ApprovalRequest): Promise<void> {
    await this.sql.query(SETTLE, [act, subject, digest]);
  }
}
