import type { Entity, SetAside, SystemMode } from '#contracts';
import type { ExternalId, Instant } from '#kernel';
import type {
  DueSelector,
  Lease,
  LeaseOwner,
  LockedRow,
  MirrorStore,
  MirrorTransaction,
  ReadTicket,
  RowChange,
  RowSelector,
  SetAsideEntry,
} from '#mirror';
import type { Database, Sql } from '../database.js';
import { PostgresAppliedOffsets } from '../outbox/postgres-applied-offsets.js';
import { PostgresOutboxAppender } from '../outbox/postgres-outbox-appender.js';
import { sqlFile } from '../sql-file.js';
import { toEndedText } from './ended-writes.js';
import { toColumns, toLockedRow, type MirrorRecord } from './mirror-columns.js';
import { RowMemory } from './row-memory.js';

const INSERT = sqlFile(import.meta.dirname, 'save-insert.sql');
const UPDATE = sqlFile(import.meta.dirname, 'save-update.sql');
const LOCK_ROWS = sqlFile(import.meta.dirname, 'lock-rows.sql');
/** Locks as {@link LOCK_ROWS} does, in the same order, and reads nothing. */
const HOLD_ROWS = `
  SELECT FROM mirror WHERE entity = $1 AND (external_id = ANY($2::text[]) OR key = ANY($3::text[])) ORDER BY id FOR UPDATE`;
const LOCK_REMEMBERED = sqlFile(import.meta.dirname, 'lock-remembered.sql');
const LOCK_DUE = sqlFile(import.meta.dirname, 'lock-due.sql');
const LEASE_REREADS = sqlFile(import.meta.dirname, 'lease-rereads.sql');
/** Nothing is written into a system that went back in time, until a person chose and every record was read again. */
const LOCK_MODE = `
  SELECT CASE WHEN restored_reason IS NULL OR rebased_at IS NOT NULL THEN mode ELSE 'observe' END AS mode
  FROM system_state FOR SHARE`;
/** Rows per statement: larger arrays cost memory and gain nothing. */
const CHUNK = 500;

/** A connector's mirror in its own schema. */
export class PostgresMirrorStore implements MirrorStore {
  private readonly memory = new RowMemory();

  /** @param writer name and version of what writes into the system, kept with each row that it wrote */
  constructor(
    private readonly database: Database,
    private readonly writer: string | null = null,
  ) {}

  transaction<T>(work: (tx: MirrorTransaction) => Promise<T>): Promise<T> {
    return this.database.transaction((sql) => work(new PostgresMirrorTransaction(sql, this.memory, this.writer)));
  }

  async drawTicket(): Promise<ReadTicket> {
    const [row] = await this.database.query<{ ticket: ReadTicket }>('SELECT pg_current_snapshot()::text AS ticket');
    return (row as { ticket: ReadTicket }).ticket;
  }

  async findCursor(entity: Entity): Promise<string | null> {
    const text = 'SELECT cursor FROM stream WHERE entity = $1';
    const [row] = await this.database.query<{ cursor: string | null }>(text, [entity]);
    return row?.cursor ?? null;
  }

  async findFirstScan(entity: Entity): Promise<Instant | null> {
    const text = `SELECT to_char(first_scan_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
      FROM stream WHERE entity = $1`;
    const [row] = await this.database.query<{ at: Instant | null }>(text, [entity]);
    return row?.at ?? null;
  }

  async saveScanCompleted(entity: Entity): Promise<void> {
    await this.database.query(
      `INSERT INTO stream (entity, first_scan_at, last_scan_at) VALUES ($1, clock_timestamp(), clock_timestamp())
       ON CONFLICT (entity) DO UPDATE
       SET first_scan_at = coalesce(stream.first_scan_at, excluded.first_scan_at), last_scan_at = excluded.last_scan_at`,
      [entity],
    );
  }
}

class PostgresMirrorTransaction implements MirrorTransaction {
  readonly outbox: PostgresOutboxAppender;
  readonly offsets: PostgresAppliedOffsets;

  constructor(
    private readonly sql: Sql,
    private readonly memory: RowMemory,
    private readonly writer: string | null,
  ) {
    this.outbox = new PostgresOutboxAppender(sql);
    this.offsets = new PostgresAppliedOffsets(sql);
  }

  async lockMode(): Promise<SystemMode> {
    const [row] = await this.sql.query<{ mode: SystemMode }>(LOCK_MODE);
    return row?.mode ?? 'observe';
  }

  async lockRows(
    entity: Entity,
    selector: RowSelector,
    ticket: ReadTicket | null,
    owner: LeaseOwner,
  ): Promise<LockedRow[]> {
    const { externalIds = [], keys = [], ids = [] } = selector;
    if (externalIds.length + keys.length === 0) return this.lockIds(entity, ids, ticket, owner);
    await this.lockInserts(entity, selector);
    const values = [entity, externalIds, keys, ids.map(String), ticket, owner];
    return (await this.sql.query<MirrorRecord>(LOCK_ROWS, values)).map(toLockedRow);
  }

  async holdRows(entity: Entity, selector: Omit<RowSelector, 'ids'>): Promise<void> {
    const { externalIds = [], keys = [] } = selector;
    await this.lockInserts(entity, selector);
    await this.sql.query(HOLD_ROWS, [entity, externalIds, keys]);
  }

  /** Whoever may insert rows of the entity waits for the others who may, before any row is locked. */
  private async lockInserts(entity: Entity, selector: RowSelector): Promise<void> {
    if (await this.mayInsert(entity, selector))
      await this.sql.query("SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' insert ' || $1))", [entity]);
  }

  private async lockIds(
    entity: Entity,
    ids: readonly bigint[],
    ticket: ReadTicket | null,
    owner: LeaseOwner,
  ): Promise<LockedRow[]> {
    const known = this.memory.take(ids);
    const xids = [...known.values()].map(({ xid }) => xid);
    const values = [entity, ids.map(String), owner, [...known.keys()], xids, ticket];
    const records = await this.sql.query<MirrorRecord & { readonly remembered: boolean }>(LOCK_REMEMBERED, values);
    return records.map((record) => {
      const remembered = record.remembered ? known.get(record.id) : undefined;
      if (!remembered) return toLockedRow(record);
      return { id: BigInt(record.id), row: remembered.row, moved: record.moved, leased: record.leased };
    });
  }

  private async mayInsert(entity: Entity, { externalIds = [], keys = [] }: RowSelector): Promise<boolean> {
    const [row] = await this.sql.query<{ missing: boolean }>(
      `SELECT EXISTS (SELECT FROM unnest($2::text[]) x
           WHERE NOT EXISTS (SELECT FROM mirror m WHERE m.entity = $1 AND m.external_id = x))
         OR ($2 = '{}'::text[] AND EXISTS (SELECT FROM unnest($3::text[]) x
           WHERE NOT EXISTS (SELECT FROM mirror m WHERE m.entity = $1 AND m.key = x))) AS missing`,
      [entity, externalIds, keys],
    );
    return row?.missing === true;
  }

  async findUnchanged(
    entity: Entity,
    readings: Parameters<MirrorTransaction['findUnchanged']>[1],
  ): Promise<ReadonlySet<ExternalId>> {
    const comparable = readings.filter(({ digest }) => digest !== null);
    if (comparable.length === 0) return new Set();
    const rows = await this.sql.query<{ external_id: ExternalId }>(
      `SELECT m.external_id
       FROM unnest($2::text[], $3::text[], $4::text[]) AS r(external_id, version, digest)
       JOIN mirror m ON m.entity = $1 AND m.external_id = r.external_id
       WHERE m.live AND m.intent IS NULL AND m.digest = r.digest AND m.version IS NOT DISTINCT FROM r.version`,
      [
        entity,
        comparable.map(({ externalId }) => externalId),
        comparable.map(({ version }) => version),
        comparable.map(({ digest }) => digest),
      ],
    );
    return new Set(rows.map((row) => row.external_id));
  }

  async lockDue(entity: Entity, { limit, nowMs, withBulk }: DueSelector): Promise<LockedRow[]> {
    const records = await this.sql.query<MirrorRecord>(LOCK_DUE, [entity, limit, Math.floor(nowMs), withBulk]);
    return records.map(toLockedRow);
  }

  async leaseRereads(entity: Entity, limit: number, lease: Lease, nowMs: number): Promise<LockedRow[]> {
    const values = [entity, limit, lease.owner, lease.forMs, Math.floor(nowMs)];
    return (await this.sql.query<MirrorRecord>(LEASE_REREADS, values)).map(toLockedRow);
  }

  async save(changes: readonly RowChange[]): Promise<void> {
    const inserts = changes.filter(({ id }) => id === null);
    const updates = changes.filter(({ id }) => id !== null);
    for (let start = 0; start < inserts.length; start += CHUNK)
      await this.sql.query(INSERT, toColumns(inserts.slice(start, start + CHUNK)));
    for (let start = 0; start < updates.length; start += CHUNK) {
      const chunk = updates.slice(start, start + CHUNK);
      const ids = chunk.map(({ id }) => String(id));
      await this.sql.query(UPDATE, [...toColumns(chunk), ids, this.writer, chunk.map(toEndedText)]);
    }
    await this.remember(updates.filter(({ row }) => row.intent !== null));
  }

  /** Rows with an open intent are locked again by their id once the system has answered. */
  private async remember(changes: readonly RowChange[]): Promise<void> {
    if (changes.length === 0) return;
    const [current] = await this.sql.query<{ xid: string }>('SELECT pg_current_xact_id()::xid::text AS xid');
    for (const { id, row } of changes) if (id !== null && current) this.memory.remember(id, current.xid, row);
  }

  async queueRereads(ids: readonly bigint[]): Promise<void> {
    if (ids.length === 0) return;
    await this.sql.query('UPDATE mirror SET rereads_asked = rereads_asked + 1 WHERE id = ANY($1::bigint[])', [
      ids.map(String),
    ]);
  }

  async saveCursor(entity: Entity, cursor: string | null): Promise<void> {
    await this.sql.query(
      `INSERT INTO stream (entity, cursor, last_poll_at) VALUES ($1, $2, clock_timestamp())
       ON CONFLICT (entity) DO UPDATE SET cursor = excluded.cursor, last_poll_at = excluded.last_poll_at`,
      [entity, cursor],
    );
  }

  async setAside(entries: readonly SetAsideEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.sql.query(
      `INSERT INTO set_aside (entity, external_id, kind, key, reason)
       SELECT DISTINCT ON (entity, external_id, kind) *
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
         AS t(entity, external_id, kind, key, reason)
       ON CONFLICT (entity, external_id, kind) DO UPDATE
       SET key = excluded.key, reason = excluded.reason, at = clock_timestamp()`,
      [
        entries.map((entry) => entry.entity),
        entries.map((entry) => entry.externalId),
        entries.map((entry) => entry.kind),
        entries.map((entry) => entry.key),
        entries.map((entry) => entry.reason),
      ],
    );
  }

  async clearSetAside(entity: Entity, externalIds: readonly string[], kind: SetAside['kind']): Promise<void> {
    if (externalIds.length === 0) return;
    await this.sql.query('DELETE FROM set_aside WHERE entity = $1 AND external_id = ANY($2::text[]) AND kind = $3', [
      entity,
      externalIds,
      kind,
    ]);
  }
}
