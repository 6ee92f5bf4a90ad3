import { createHash } from 'node:crypto';
import type { Database } from '../database.js';

/** What a slot can be: `busy` while another session streams from it, `lost` when its WAL is gone. */
export type SlotState = 'ready' | 'busy' | 'lost' | 'missing';

const STATE = `
  SELECT CASE WHEN wal_status = 'lost' THEN 'lost' WHEN active THEN 'busy' ELSE 'ready' END AS state
  FROM pg_replication_slots WHERE slot_name = $1 AND database = current_database()`;

const RETAINED = `
  SELECT coalesce(max(pg_current_wal_insert_lsn() - restart_lsn), 0)::bigint AS bytes
  FROM pg_replication_slots WHERE slot_name = $1`;

/** An LSN that lies behind cannot be gone to. */
const ADVANCE = `
  SELECT pg_replication_slot_advance(slot_name, '0/0'::pg_lsn + $2::numeric) FROM pg_replication_slots
  WHERE slot_name = $1 AND NOT active AND confirmed_flush_lsn < '0/0'::pg_lsn + $2::numeric`;

const POSITION = `SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint AS lsn`;

/** Slot and publication of one schema's outbox. The server runs with wal_level=logical, the user may replicate. */
export class OutboxSlot {
  /** Of both; at most 63 bytes, as PostgreSQL allows, and none like another schema's. */
  readonly name: string;

  constructor(
    private readonly database: Database,
    private readonly schema: string,
  ) {
    const digest = createHash('sha256').update(schema).digest('hex').slice(0, 8);
    this.name = `plumbline_${schema
      .toLowerCase()
      .replace(/[^a-z0-9_]/g, '_')
      .slice(0, 40)}_${digest}`;
  }

  async findState(): Promise<SlotState> {
    const [row] = await this.database.query<{ state: SlotState }>(STATE, [this.name]);
    return row?.state ?? 'missing';
  }

  /**
   * Makes the slot anew, and the publication if there is none. What commits from now on is in its stream; what is in the
   * table already is not. It waits for all transactions that run now.
   */
  async create(isLost: boolean): Promise<void> {
    if (isLost) await this.database.query('SELECT pg_drop_replication_slot($1)', [this.name]);
    const [publication] = await this.database.query('SELECT FROM pg_publication WHERE pubname = $1', [this.name]);
    if (!publication)
      await this.database.query(
        `CREATE PUBLICATION "${this.name}" FOR TABLE "${this.schema}".outbox WITH (publish = 'insert')`,
      );
    await this.database.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [this.name]);
  }

  /** Confirms everything before this position while nobody streams: PostgreSQL reads over it, and sends nothing of it. */
  async advance(lsn: bigint): Promise<void> {
    await this.database.query(ADVANCE, [this.name, lsn.toString()]);
  }

  /** Bytes of WAL that the server keeps for the slot. */
  async retainedBytes(): Promise<number> {
    const [row] = await this.database.query<{ bytes: string }>(RETAINED, [this.name]);
    return Number(row?.bytes ?? 0);
  }

  /** Where the WAL ends now: what is not yet visible to anybody commits behind it, or may lie before it. */
  async position(): Promise<bigint> {
    const [row] = await this.database.query<{ lsn: string }>(POSITION);
    return BigInt(row?.lsn ?? 0);
  }
}
