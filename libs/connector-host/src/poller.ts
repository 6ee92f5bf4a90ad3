import type { ChangePage, ObservedRecord } from '#connector-sdk';
import type { ReadTicket } from '#mirror';
import { ReadingCommit } from './commit-readings.js';
import type { EntityContext, HostContext } from './host-context.js';

interface TakenPage {
  readonly page: ChangePage;
  readonly ticket: ReadTicket;
  readonly readAtMs: number;
}

/** A bounded read takes no further page after this time. */
const SLOW_READ_MS = 500;

/** What one bounded read brought. */
export interface PollResult {
  readonly records: number;
  readonly authored: number;
  /** False when the source has, for now, nothing more. */
  readonly more: boolean;
}

/** Reads what changed in one entity of the system, one source batch at a time. */
export class Poller {
  private cursor: string | null | undefined;
  private isFirstRead = true;
  /** When the reading began that has not yet come to its end, over several reads. */
  private begunAtMs: number | null = null;
  private caughtUp: number | null = null;

  constructor(
    private readonly context: HostContext,
    private readonly entity: EntityContext,
  ) {}

  /** Begins at the stored cursor again. */
  reset(): void {
    this.cursor = undefined;
    this.begunAtMs = null;
  }

  /** When the last reading began that left nothing to read; milliseconds since 1970. */
  get caughtUpAtMs(): number | null {
    return this.caughtUp;
  }

  /**
   * One bounded read: pages until the source has no more, or the batch is full; then cursor, mirror rows and change
   * events are committed in one transaction. Nothing is lost when it throws: the next call begins at the old cursor.
   */
  async pollOnce(): Promise<PollResult> {
    const before = await this.begin();
    const pages = await this.takePages(before);
    const last = pages[pages.length - 1];
    const cursor = last?.page.cursor ?? before;
    const records = pages.reduce((sum, { page }) => sum + page.records.length + page.rejected.length, 0);
    const authored = records > 0 || cursor !== before ? await this.commit(pages, cursor) : 0;
    this.cursor = cursor;
    const more = last?.page.more ?? false;
    if (!more) await this.noteCaughtUp();
    return { records, authored, more };
  }

  /** @returns the cursor to read from */
  private async begin(): Promise<string | null> {
    const { store, clock } = this.context;
    const { entity } = this.entity;
    this.begunAtMs ??= clock.nowMs();
    this.cursor ??= await store.findCursor(entity);
    return this.cursor;
  }

  private async takePages(from: string | null): Promise<TakenPage[]> {
    const { context, entity } = this;
    const pages: TakenPage[] = [];
    let cursor = from;
    for (let taken = 0; taken < context.settings.batchSize;) {
      const ticket = await context.store.drawTicket();
      const readAtMs = context.clock.nowMs();
      const page = await context.connector.changes(entity.entity, cursor, context.settings.pageSize);
      pages.push({ page, ticket, readAtMs });
      cursor = page.cursor;
      taken += page.records.length + page.rejected.length;
      if (!page.more || this.isSlow(pages)) break;
    }
    return pages;
  }

  /** What a slow system tells is handed on as it comes: nobody waits for the rest, and less of it is stale by then. */
  private isSlow([first]: readonly TakenPage[]): boolean {
    return this.context.clock.nowMs() - (first?.readAtMs ?? 0) > SLOW_READ_MS;
  }

  private async commit(pages: readonly TakenPage[], cursor: string | null): Promise<number> {
    const { context, entity } = this;
    context.failpoint('reader:page-read');
    const counts = await context.store.transaction(async (tx) => {
      const commit = new ReadingCommit(context, entity, tx);
      await commit.hold(pages.map(({ page }) => page.records));
      for (const { page, ticket, readAtMs } of pages) {
        if (page.records.length > 0) await commit.add({ records: page.records, ticket, readAtMs });
        await tx.setAside(page.rejected.map((rejected) => toRejected(entity, rejected)));
        await tx.clearSetAside(entity.entity, page.records.map(externalIdOf), 'rejected-read');
      }
      const done = await commit.commit(context.newId());
      await tx.saveCursor(entity.entity, cursor);
      context.failpoint('reader:page-stored');
      return done;
    });
    context.failpoint('reader:committed');
    if (counts.authored > 0) context.wake.outbox();
    if (counts.queued > 0) context.wake.rereader(entity.entity);
    if (counts.authored + counts.noted > 0) context.wake.writer(entity.entity);
    const labels = { system: context.system, entity: entity.entity };
    context.metrics.count('plumbline_changes_authored_total', counts.authored, labels);
    context.metrics.count('plumbline_readings_queued_total', counts.queued, labels);
    return counts.authored;
  }

  private async noteCaughtUp(): Promise<void> {
    this.caughtUp = this.begunAtMs;
    this.begunAtMs = null;
    if (!this.isFirstRead) return;
    this.isFirstRead = false;
    const { store } = this.context;
    if ((await store.findFirstScan(this.entity.entity)) === null) await store.saveScanCompleted(this.entity.entity);
  }
}

function externalIdOf(record: ObservedRecord): string {
  return record.externalId;
}

function toRejected(
  entity: EntityContext,
  { externalId, reason }: ChangePage['rejected'][number],
): {
  readonly entity: EntityContext['entity'];
  readonly externalId: string;
  readonly key: null;
  readonly kind: 'rejected-read';
  readonly reason: string;
} {
  return { entity: entity.entity, externalId, key: null, kind: 'rejected-read', reason };
}
