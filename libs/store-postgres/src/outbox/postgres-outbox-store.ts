import { HubError, systemClock } from '#kernel';
import { PAGE_BYTES } from '#outbox';
import type { Backlog, EncodedHeaders, OutboxRow, OutboxStore, ParkedRow, ShardLease } from '#outbox';
import { BinaryRows } from '../binary-rows.js';
import type { Database } from '../database.js';
import { sqlFile } from '../sql-file.js';
import { findPendingSql } from './find-pending-sql.js';
import { PageBuffers } from './page-buffers.js';
import { TOPIC_SEPARATOR } from './postgres-outbox-appender.js';
import { leaseLost, PostgresParkedKeys } from './postgres-parked-keys.js';
import { toRowsParameter, toRunParameter } from './rows-parameter.js';
import { ShardReading } from './shard-reading.js';

const ACQUIRE = sqlFile(import.meta.dirname, 'acquire-shard.sql');
const BACKLOG = sqlFile(import.meta.dirname, 'backlog.sql');
const LIMIT_ROWS = sqlFile(import.meta.dirname, 'limit-rows.sql');
const MARK_SENT = sqlFile(import.meta.dirname, 'mark-sent.sql');

const RELEASE = `
  UPDATE outbox_shard SET owner = '', expires_at = '-infinity'
  WHERE shard = $1 AND owner = $2 AND epoch = $3`;

/** $3 and $4 bound the rows of $2, as in mark-sent.sql. */
const FIND_STILL_PENDING = `
  SELECT array(
      SELECT sequence::text FROM outbox
      WHERE shard = $1 AND sequence >= $3::bigint AND sequence <= $4::bigint
        AND sequence = ANY ($2::bigint[])) AS pending,
    pg_current_snapshot()::text AS snapshot`;

const HOLDS = 'SELECT FROM outbox_shard WHERE shard = $1 AND owner = $2 AND epoch = $3';

/** So many rows are counted; more are estimated. */
const MOST_COUNTED = 10_000;
/**
 * How often rows are looked for where none should be. After a backup was put back under a running process its new rows have
 * numbers that were removed, and wait for this; whoever marks what the database knows (ADR 11) does so less often. The look
 * passes all that was removed since the last VACUUM, with a snapshot that keeps others passing it too: while many rows wait, seldom.
 */
const CHECK_EVERY_MS = 5_000;
const BUSY_CHECK_EVERY_MS = 60_000;
/** $1, $2: shards and their floors. */
const FIND_BELOW_FLOORS = `
  SELECT f.shard FROM unnest($1::smallint[], $2::bigint[]) AS f (shard, floor)
  WHERE EXISTS (SELECT FROM outbox AS o WHERE o.shard = f.shard AND o.sequence <= f.floor)`;

interface BacklogRow {
  readonly rows: string;
  readonly age_ms: string;
  readonly parked_keys: string;
  readonly parked_rows: string;
}

/** Outbox in the service's own schema; lease times by the database server's clock. */
export class PostgresOutboxStore implements OutboxStore {
  private readonly pages = new PageBuffers();
  private readonly epochs = new Map<number, bigint | null>();
  private readonly readings = new Map<number, ShardReading>();
  private readonly parked: PostgresParkedKeys;
  /** By their text in the table: there are few. */
  private readonly topics = new Map<string, readonly string[]>();
  /** Rows that are worth asking for: those of a page that was too large, until pages are smaller. */
  private fittingRows = Number.POSITIVE_INFINITY;
  private checkedAtMs = systemClock.nowMs();
  private hasReadAll = false;

  constructor(
    private readonly database: Database,
    readonly shards = 1,
    /** How often it is asked where reading may begin; for tests. */
    private readonly floorEveryMs = 1_000,
    /** Where the WAL ends now; only for {@link settledLsn}. */
    private readonly position?: () => Promise<bigint>,
  ) {
    this.parked = new PostgresParkedKeys(database);
  }

  /** Whether the last page held all that was pending: neither its rows nor its bytes were too many. */
  get isAtEnd(): boolean {
    return this.hasReadAll;
  }

  /** No row of the shard that committed before this position of the WAL is pending, nor will be; 0 where that is not known. */
  settledLsn(shard: number): bigint {
    return this.readings.get(shard)?.floor.settledLsn ?? 0n;
  }

  async acquire(shard: number, owner: string, ttlMs: number): Promise<ShardLease | null> {
    const [row] = await this.database.query<{ epoch: string }>(ACQUIRE, [shard, owner, ttlMs]);
    const epoch = row ? BigInt(row.epoch) : null;
    // another owner may have put parked rows back, where nothing is looked for any more
    if (this.epochs.get(shard) !== epoch) this.readings.delete(shard);
    this.epochs.set(shard, epoch);
    return epoch === null ? null : { shard, owner, epoch };
  }

  async release(lease: ShardLease): Promise<void> {
    await this.database.query(RELEASE, [lease.shard, lease.owner, lease.epoch.toString()]);
  }

  async findPending(lease: ShardLease, limit: number, except: readonly bigint[]): Promise<OutboxRow[]> {
    const reading = this.readingOf(lease.shard);
    await reading.prepare();
    const asked = Math.min(limit, this.fittingRows);
    const text = findPendingSql({ shard: lease.shard, ranges: reading.rangesBut(except), limit: asked, except });
    const page = await this.database.copyOut(text, this.pages.take(), PAGE_BYTES);
    const rows = this.toRows(page.bytes);
    this.hasReadAll = !page.isCut && rows.length < asked;
    this.fittingRows = page.isCut ? rows.length : asked < limit ? asked * 2 : Number.POSITIVE_INFINITY;
    this.pages.lend(page.bytes, rows[0]?.sequence ?? null);
    reading.found(except, rows[0]?.sequence ?? null);
    return rows;
  }

  async markSent(lease: ShardLease, sequences: readonly bigint[], parked: readonly ParkedRow[] = []): Promise<void> {
    if (parked.length > 0) await this.parked.park(lease, parked);
    await this.remove(lease, withoutParked(sequences, parked));
    this.pages.giveBack(sequences);
  }

  findParkedKeys(lease: ShardLease): Promise<string[]> {
    return this.parked.findKeys(lease);
  }

  async releaseParked(lease: ShardLease): Promise<string[]> {
    const keys = await this.parked.release(lease);
    if (keys.length > 0) this.readings.clear();
    return keys;
  }

  /** Moves rows to the parked ones. @returns how many of the rows were there and visible */
  park(lease: ShardLease, rows: readonly ParkedRow[]): Promise<number> {
    return this.parked.park(lease, rows);
  }

  /** As {@link markSent}. @returns how many of the rows were there and visible */
  async remove(lease: ShardLease, sequences: readonly bigint[]): Promise<number> {
    const holder = [lease.shard, lease.owner, lease.epoch.toString()];
    const removed = await this.database.execute(MARK_SENT, [...holder, ...toRunParameter(sequences)]);
    if (removed === 0 && (await this.database.query(HOLDS, holder)).length === 0) throw leaseLost(lease);
    if (removed === sequences.length) this.readingOf(lease.shard).removed(sequences);
    return removed;
  }

  /** Those of the given rows that are pending, and the snapshot in which they are: `xmin:xmax:xip,…`. */
  async findStillPending(
    lease: ShardLease,
    sequences: readonly bigint[],
  ): Promise<{ readonly pending: ReadonlySet<bigint>; readonly snapshot: string }> {
    const values = [lease.shard, ...toRowsParameter(sequences)];
    const [row] = await this.database.query<{ pending: string[]; snapshot: string }>(FIND_STILL_PENDING, values);
    return { pending: new Set((row?.pending ?? []).map(BigInt)), snapshot: row?.snapshot ?? '' };
  }

  async limitRows(maxRows: number): Promise<boolean> {
    const [row] = await this.database.query<{ is_full: boolean }>(LIMIT_ROWS, [
      this.allShards(),
      maxRows,
      this.floors(),
    ]);
    return row?.is_full ?? false;
  }

  async findBacklog(): Promise<Backlog> {
    const everyMs = this.hasReadAll ? CHECK_EVERY_MS : BUSY_CHECK_EVERY_MS;
    if (systemClock.nowMs() - this.checkedAtMs >= everyMs) await this.check();
    const [row] = await this.database.query<BacklogRow>(BACKLOG, [this.allShards(), this.floors(), MOST_COUNTED]);
    if (!row) throw new HubError('HUB_INVARIANT_BROKEN', 'A count without a row.');
    return {
      rows: Number(row.rows),
      oldestAgeMs: Math.max(0, Number(row.age_ms)),
      parkedKeys: Number(row.parked_keys),
      parkedRows: Number(row.parked_rows),
    };
  }

  /** Reads a shard from its beginning again where something put rows below its floor: a backup that was restored, say. */
  private async check(): Promise<void> {
    const found = await this.database.query<{ shard: number }>(FIND_BELOW_FLOORS, [this.allShards(), this.floors()]);
    this.checkedAtMs = systemClock.nowMs();
    for (const { shard } of found) this.readings.delete(shard);
  }

  private allShards(): number[] {
    return Array.from({ length: this.shards }, (_, shard) => shard);
  }

  /** By shard; 0 where somebody else leads. */
  private floors(): string[] {
    return this.allShards().map((shard) => String(this.readings.get(shard)?.floor.value ?? 0));
  }

  private readingOf(shard: number): ShardReading {
    const { database, floorEveryMs, position } = this;
    const known = this.readings.get(shard) ?? new ShardReading(database, systemClock, floorEveryMs, position);
    this.readings.set(shard, known);
    return known;
  }

  private toRows(bytes: Buffer): OutboxRow[] {
    const found = new BinaryRows(bytes);
    const rows: OutboxRow[] = [];
    while (found.next())
      rows.push({
        sequence: found.int8(),
        topics: this.topicsOf(found.text()),
        key: found.text(),
        value: found.bytea(),
        headers: found.bytea() as EncodedHeaders,
        appendedAtMs: found.timestampMs(),
      });
    return rows;
  }

  private topicsOf(text: string): readonly string[] {
    const known = this.topics.get(text);
    if (known) return known;
    const topics = text.split(TOPIC_SEPARATOR);
    this.topics.set(text, topics);
    return topics;
  }
}

/** The rows of a page that the broker has. */
export function withoutParked(sequences: readonly bigint[], parked: readonly ParkedRow[]): readonly bigint[] {
  if (parked.length === 0) return sequences;
  const apart = new Set(parked.map(({ sequence }) => sequence));
  return sequences.filter((sequence) => !apart.has(sequence));
}
