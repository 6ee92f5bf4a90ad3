import type { Clock } from '#kernel';

/** So few rows are passed over in the stream sooner than a proof could be had. */
const FEW_ROWS = 10_000;
/** The proof waits for all transactions that run: one that stays open must not keep the stream away. */
const PROOF_TIMEOUT_MS = 5_000;

/**
 * When to open the stream of an outbox whose table was read: at once after few rows; after many, when it is known from
 * where on it is needed. A stream that is opened while the table is drained brings all of that again, which took more than
 * twice the time of the draining (measured 2026-11-26).
 */
export class TableBacklog {
  private rows = 0;
  private settledBefore = 0n;
  private endedAtMs: number | null = null;

  constructor(private readonly clock: Clock) {}

  /** A page of the table was read. @param settledLsn as known when it was */
  read(count: number, isAtEnd: boolean, settledLsn: bigint): void {
    this.rows += count;
    if (isAtEnd) this.endedAtMs ??= this.clock.nowMs();
    else [this.settledBefore, this.endedAtMs] = [settledLsn, null];
  }

  /** Whether the stream is worth opening now. */
  isPassed(settledLsn: bigint): boolean {
    if (this.endedAtMs === null) return false;
    if (this.rows <= FEW_ROWS || settledLsn > this.settledBefore) return true;
    return this.clock.nowMs() - this.endedAtMs >= PROOF_TIMEOUT_MS;
  }

  /** Another leader may have read it since. */
  forget(): void {
    [this.rows, this.settledBefore, this.endedAtMs] = [0, 0n, null];
  }
}
