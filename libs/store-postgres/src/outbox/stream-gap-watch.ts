import type { Clock } from '#kernel';
import type { Backlog } from '#outbox';

/** A row that is pending for so long, though the stream has passed it, will not come by it. */
const OVERDUE_MS = 5_000;

/**
 * Notices rows that a stream will never bring, since the slot was made anew by somebody else, say: they were pending a
 * while ago, are pending still, and lie where the stream has passed.
 */
export class StreamGapWatch {
  private sinceMs = 0;
  /** Where the WAL ended when rows were last seen pending; null when none were. */
  private lsn: bigint | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly position: () => Promise<bigint>,
  ) {}

  /** Call now and then. @param passedLsn how far the stream has come; null while any of its rows is on the way */
  async seesGap({ rows, oldestAgeMs }: Backlog, passedLsn: bigint | null): Promise<boolean> {
    const waitedMs = this.clock.nowMs() - this.sinceMs;
    if (rows > 0 && this.lsn !== null && waitedMs < OVERDUE_MS) return false;
    const isOld = rows > 0 && oldestAgeMs >= waitedMs;
    const isPassed = this.lsn !== null && passedLsn !== null && passedLsn >= this.lsn;
    this.sinceMs = this.clock.nowMs();
    this.lsn = rows > 0 ? await this.position() : null;
    return isOld && isPassed;
  }
}
