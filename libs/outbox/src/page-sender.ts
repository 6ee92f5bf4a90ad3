import { HubError, toHubError, type Clock } from '#kernel';
import type { EventPublisher, OutboxRow, ParkCause, ParkedRow } from './ports.js';

/** How long rows for a topic that is missing are parked without asking again. */
const MISSING_MS = 60_000;
/** Answers of a broker to one record, not to the producer or the request. */
const REFUSED_TYPES = new Set(['INVALID_RECORD', 'INVALID_TIMESTAMP', 'INVALID_TOPIC_EXCEPTION']);

/**
 * Sends pages around rows that no broker takes. A page that was refused is sent in halves, until the row is found: it and
 * what follows of its key are parked, all others go on in their order. Parts of a refused page may have been written, and
 * are sent again.
 */
export class PageSender {
  /** By the text of a row's topics: one of them is missing, until that time. */
  private readonly missing = new Map<string, { readonly cause: ParkCause; readonly untilMs: number }>();

  constructor(
    private readonly publisher: EventPublisher,
    private readonly clock: Clock,
  ) {}

  /**
   * @param parkedKeys grows by the keys of the rows that were refused
   * @param guard runs before each call of the publisher, with no await in between; what it throws ends all
   * @returns the rows that are to be parked @throws HubError what the publisher threw for another reason than a row
   */
  async send(rows: readonly OutboxRow[], parkedKeys: Set<string>, guard: () => void): Promise<readonly ParkedRow[]> {
    const sending = new Sending(parkedKeys, (row) => this.knownCause(row));
    await this.sendSome(rows, sending, guard);
    return sending.parked;
  }

  /** Forgets which topics were missing: somebody says that they are there. */
  forget(): void {
    this.missing.clear();
  }

  private async sendSome(rows: readonly OutboxRow[], sending: Sending, guard: () => void): Promise<void> {
    const sendable = sending.take(rows);
    if (sendable.length === 0) return;
    const refusal = await this.tryToSend(sendable, guard);
    if (!refusal) return;
    const [only, ...others] = sendable;
    if (only && others.length === 0) return this.sendLast(only, sending, guard);
    const half = Math.ceil(sendable.length / 2);
    await this.sendSome(sendable.slice(0, half), sending, guard);
    await this.sendSome(sendable.slice(half), sending, guard);
  }

  /** Once more: the first refusal may have been about a topic that only earlier requests of the same producer named. */
  private async sendLast(row: OutboxRow, sending: Sending, guard: () => void): Promise<void> {
    const refusal = await this.tryToSend([row], guard);
    if (!refusal) return;
    const cause = { code: refusal.code, reason: refusal.message };
    if (refusal.code === 'HUB_TOPIC_MISSING')
      this.missing.set(row.topics.join(), { cause, untilMs: this.clock.nowMs() + MISSING_MS });
    sending.park(row, cause);
  }

  private async tryToSend(rows: readonly OutboxRow[], guard: () => void): Promise<HubError | null> {
    guard();
    try {
      await this.publisher.publish(rows);
      return null;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return toHubError(error);
    }
  }

  private knownCause({ topics }: OutboxRow): ParkCause | null {
    if (this.missing.size === 0) return null;
    const known = this.missing.get(topics.join());
    return known && known.untilMs > this.clock.nowMs() ? known.cause : null;
  }
}

/** One page on its way. */
class Sending {
  readonly parked: ParkedRow[] = [];

  constructor(
    private readonly parkedKeys: Set<string>,
    private readonly knownCause: (row: OutboxRow) => ParkCause | null,
  ) {}

  /** Those of the rows that can be tried; the others are parked, behind one of their key or for a reason known. */
  take(rows: readonly OutboxRow[]): readonly OutboxRow[] {
    return rows.filter((row) => {
      const isBehind = this.parkedKeys.has(row.key);
      const cause = isBehind ? null : this.knownCause(row);
      if (isBehind || cause) this.park(row, cause);
      return !isBehind && !cause;
    });
  }

  park({ sequence, key }: OutboxRow, cause: ParkCause | null): void {
    this.parkedKeys.add(key);
    this.parked.push({ sequence, key, cause });
  }
}

/** Whether the broker refused a row for good; anything else is about the broker, the producer or our rights. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof HubError)) return false;
  if (error.code === 'HUB_PAYLOAD_TOO_LARGE' || error.code === 'HUB_TOPIC_MISSING') return true;
  return error.code === 'HUB_BROKER_REJECTED' && REFUSED_TYPES.has(String(error.details['type']));
}
