import type { Backlog, OutboxRow, OutboxStore, ParkedRow, ShardLease } from '#outbox';
import type { Database } from '../database.js';
import type { WalItem, WalStream } from '../wal/wal-stream.js';
import { OutboxSlot } from './outbox-slot.js';
import { PostgresOutboxStore, withoutParked } from './postgres-outbox-store.js';
import { StreamGapWatch } from './stream-gap-watch.js';
import { StreamOpener, type StreamOpenerOptions } from './stream-opener.js';
import { TableBacklog } from './table-backlog.js';
import { untilVisible } from './until-visible.js';
import { isRow, isVisible, toRow, type HandedPage, type StreamedRow } from './streamed-row.js';

/** What a streaming store needs. */
export interface StreamingOutboxOptions extends StreamOpenerOptions {
  readonly database: Database;
}

/** How long a page may fill while the stream is behind. */
const PAGE_WAIT_MS = 25;

/**
 * Reads the outbox from the WAL, in commit order and as soon as a transaction commits; and from the table while there is
 * no stream, and whenever one was opened, until it has come to the present and the table told all that is pending: what was
 * there before the slot never comes by the stream, and would be passed by what does. The table says what is pending, the
 * stream only says it sooner: rows that may have been removed before the stream came to them are looked up. A slot is
 * confirmed for nothing but removed rows. The lease stays what lets a relay publish and remove; that one session at a time
 * streams is PostgreSQL's own lock on the slot. One slot serves one outbox: no shards.
 */
export class StreamingOutboxStore implements OutboxStore {
  readonly shards = 1;
  private readonly table: PostgresOutboxStore;
  private readonly slot: OutboxSlot;
  private readonly opener: StreamOpener;
  private readonly gap: StreamGapWatch;
  private readonly backlog: TableBacklog;
  private stream: WalStream | null = null;
  private source: 'table' | 'stream' = 'table';
  /** Rows that committed up to here may have been read from the table. */
  private checkedLsn = 0n;
  /** Where the WAL ended when the table was last read. */
  private seenLsn = 0n;
  private handed: HandedPage[] = [];
  /** End of transactions of which every row was handed out or is not pending, to be confirmed with the next page. */
  private passedLsn = 0n;
  /** Rows were taken from the stream that are not yet handed out. */
  private isTaking = false;
  private epoch: bigint | null = null;

  constructor(private readonly options: StreamingOutboxOptions) {
    this.slot = new OutboxSlot(options.database, options.schema);
    this.table = new PostgresOutboxStore(options.database, 1, undefined, () => this.slot.position());
    this.backlog = new TableBacklog(options.clock);
    this.opener = new StreamOpener(options, this.slot);
    this.gap = new StreamGapWatch(options.clock, () => this.slot.position());
  }

  async acquire(shard: number, owner: string, ttlMs: number): Promise<ShardLease | null> {
    const lease = await this.table.acquire(shard, owner, ttlMs);
    if (this.epoch !== (lease?.epoch ?? null)) this.reset();
    this.epoch = lease?.epoch ?? null;
    return lease;
  }

  /** The stream ends first, also one that is just being opened: the next leader must find the slot free. */
  async release(lease: ShardLease): Promise<void> {
    this.epoch = null;
    this.reset();
    await this.opener.rest();
    await this.table.release(lease);
  }

  async findPending(lease: ShardLease, limit: number, except: readonly bigint[]): Promise<OutboxRow[]> {
    // the relay forgot rows that it had, since its run failed: the table has them
    if (this.stream?.hasEnded || this.handed.some(({ first }) => !except.includes(first))) this.reset();
    if (this.source === 'stream') return this.findInStream(lease, limit, except);
    const isPresent = await this.passOver(lease, limit);
    const rows = await this.table.findPending(lease, limit, except);
    this.hand(rows, { isStreamed: false, confirmsLsn: 0n });
    this.backlog.read(rows.length, this.table.isAtEnd, this.table.settledLsn(0));
    if (isPresent && this.table.isAtEnd) await this.turnToStream();
    await this.ensureStream();
    return rows;
  }

  async markSent(lease: ShardLease, sequences: readonly bigint[], parked: readonly ParkedRow[] = []): Promise<void> {
    const page = this.handed.find(({ first }) => first === sequences[0]);
    if (page?.isStreamed) await this.removeStreamed(lease, sequences, parked);
    else await this.table.markSent(lease, sequences, parked);
    if (!page) return;
    this.handed = this.handed.filter((other) => other !== page);
    this.stream?.confirm(page.confirmsLsn);
    this.confirmIdle();
  }

  findParkedKeys(lease: ShardLease): Promise<string[]> {
    return this.table.findParkedKeys(lease);
  }

  /** What was released lies below rows that the stream has brought or will: the table is read until it is empty. */
  async releaseParked(lease: ShardLease): Promise<string[]> {
    const keys = await this.table.releaseParked(lease);
    if (keys.length > 0) this.source = 'table';
    return keys;
  }

  limitRows(maxRows: number): Promise<boolean> {
    return this.table.limitRows(maxRows);
  }

  async findBacklog(): Promise<Backlog> {
    const backlog = await this.table.findBacklog();
    const isOnTheWay = this.isTaking || this.handed.length > 0 || this.stream?.isEmpty !== true;
    if (
      this.source === 'stream' &&
      (await this.gap.seesGap(backlog, isOnTheWay ? null : (this.stream?.passedLsn ?? null)))
    ) {
      this.options.logger.warn({ ...backlog }, 'rows are pending that the stream did not bring: reading the table');
      this.source = 'table';
    }
    if (this.epoch === null) return backlog;
    return { ...backlog, retainedWalBytes: await this.slot.retainedBytes() };
  }

  /** Pages of the stream until one holds a pending row, or there are no more. */
  private async findInStream(lease: ShardLease, limit: number, except: readonly bigint[]): Promise<OutboxRow[]> {
    const { stream } = this;
    await this.untilPage(limit);
    for (let items = this.take(limit); items.length > 0 && stream === this.stream; items = this.take(limit)) {
      const rows = await this.pendingOf(lease, items, except);
      this.passedLsn = items.reduce((lsn, item) => ('endLsn' in item ? item.endLsn : lsn), this.passedLsn);
      this.hand(rows, { isStreamed: true, confirmsLsn: this.passedLsn });
      this.isTaking = false;
      if (rows.length > 0) return rows;
    }
    this.confirmIdle();
    return [];
  }

  /** While the stream brings what waited, full pages are worth a moment each: small ones cost as many statements. */
  private async untilPage(limit: number): Promise<void> {
    const { clock } = this.options;
    const endsAtMs = clock.nowMs() + PAGE_WAIT_MS;
    const isShort = (): boolean => this.stream?.isBehind(this.checkedLsn) === true && this.stream.size < limit;
    while (isShort() && clock.nowMs() < endsAtMs) await clock.sleep(1);
  }

  private take(limit: number): WalItem[] {
    const items = this.stream?.take(limit) ?? [];
    this.isTaking = items.length > 0;
    return items;
  }

  /** Rows that are pending and that the relay does not have: all, once the stream has passed the table's last reading. */
  private async pendingOf(
    lease: ShardLease,
    items: readonly WalItem[],
    except: readonly bigint[],
  ): Promise<StreamedRow[]> {
    const rows = items.filter(isRow).map(toRow);
    const doubtful = rows.filter((row) => row.lsn <= this.checkedLsn);
    if (doubtful.length === 0) return rows;
    const pending = await this.lookUp(lease, doubtful);
    const had = new Set(except);
    return rows.filter((row) => row.lsn > this.checkedLsn || (pending.has(row.sequence) && !had.has(row.sequence)));
  }

  /** Waits until all of these rows' transactions are visible: a row that is not there is then one that was removed. */
  private async lookUp(lease: ShardLease, rows: readonly StreamedRow[]): Promise<ReadonlySet<bigint>> {
    const sequences = rows.map((row) => row.sequence);
    const xids = [...new Set(rows.map((row) => row.xid))];
    return untilVisible(this.options.clock, async () => {
      const { pending, snapshot } = await this.table.findStillPending(lease, sequences);
      return xids.every((xid) => isVisible(xid, snapshot)) ? pending : null;
    });
  }

  private async removeStreamed(
    lease: ShardLease,
    sequences: readonly bigint[],
    parked: readonly ParkedRow[],
  ): Promise<void> {
    const sent = withoutParked(sequences, parked);
    await this.untilAll(parked.length, () => this.table.park(lease, parked));
    await this.untilAll(sent.length, () => this.table.remove(lease, sent));
  }

  private async untilAll(count: number, move: () => Promise<number>): Promise<void> {
    let left = count;
    if (left > 0) await untilVisible(this.options.clock, async () => ((left -= await move()) <= 0 ? true : null));
  }

  private hand(rows: readonly OutboxRow[], page: Omit<HandedPage, 'first'>): void {
    const first = rows[0]?.sequence;
    if (first !== undefined) this.handed.push({ first, ...page });
  }

  private confirmIdle(): void {
    if (this.source !== 'stream' || this.isTaking || this.handed.length > 0) return;
    this.stream?.confirm(this.passedLsn);
    this.stream?.confirmSeen();
  }

  /**
   * Takes what the stream brings while the table is read, which has it too as soon as it is visible: that is waited for.
   * @returns whether the stream has come to where the WAL ended at the last call
   */
  private async passOver(lease: ShardLease, limit: number): Promise<boolean> {
    const { stream } = this;
    if (!stream) return false;
    const items = stream.take(limit);
    const rows = items.filter(isRow).map(toRow);
    if (rows.length > 0) await this.lookUp(lease, rows);
    this.passedLsn = items.reduce((lsn, item) => ('endLsn' in item ? item.endLsn : lsn), this.passedLsn);
    if (items.length > 0) this.options.onRows();
    const isPresent = this.seenLsn > 0n && !stream.isBehind(this.seenLsn);
    this.seenLsn = await this.slot.position();
    return isPresent && stream === this.stream;
  }

  /** After the table told all that is pending. Rows that commit meanwhile are doubtful: they are looked up. */
  private async turnToStream(): Promise<void> {
    this.checkedLsn = await this.slot.position();
    this.source = 'stream';
    this.options.onRows();
  }

  private reset(): void {
    this.stream?.close();
    [this.stream, this.source, this.handed, this.isTaking] = [null, 'table', [], false];
    [this.passedLsn, this.seenLsn] = [0n, 0n];
    this.backlog.forget();
  }

  private async ensureStream(): Promise<void> {
    const settledLsn = this.table.settledLsn(0);
    if (this.stream || !this.backlog.isPassed(settledLsn)) return;
    const { epoch } = this;
    await this.opener.tryToOpen(settledLsn, (stream) => {
      if (epoch === this.epoch) this.stream = stream;
      else stream.close();
    });
  }
}
