import { HubError } from '#kernel';
import type { OutboxRow, OutboxStore, ShardLease } from '#outbox';
import type { Database } from '../database.js';
import { sqlFile } from '../sql-file.js';
import { TOPIC_SEPARATOR } from './postgres-outbox-appender.js';

const ACQUIRE = sqlFile(import.meta.dirname, 'acquire-shard.sql');
const MARK_SENT = sqlFile(import.meta.dirname, 'mark-sent.sql');

const RELEASE = `
  UPDATE outbox_shard SET owner = '', expires_at = '-infinity'
  WHERE shard = $1 AND owner = $2 AND epoch = $3`;

const FIND_PENDING = `
  SELECT sequence, topics, key, value, headers FROM outbox WHERE shard = $1 ORDER BY sequence LIMIT $2`;

const BACKLOG = `
  SELECT count(*) AS rows, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)) * 1000, 0)::bigint AS age_ms
  FROM outbox`;

type PendingRow = Omit<OutboxRow, 'sequence' | 'topics'> & { readonly sequence: string; readonly topics: string };

/** Outbox in the service's own schema; lease times by the database server's clock. */
export class PostgresOutboxStore implements OutboxStore {
  constructor(
    private readonly database: Database,
    readonly shards = 1,
  ) {}

  async acquire(shard: number, owner: string, ttlMs: number): Promise<ShardLease | null> {
    const [row] = await this.database.query<{ epoch: string }>(ACQUIRE, [shard, owner, ttlMs]);
    return row ? { shard, owner, epoch: BigInt(row.epoch) } : null;
  }

  async release(lease: ShardLease): Promise<void> {
    await this.database.query(RELEASE, [lease.shard, lease.owner, lease.epoch.toString()]);
  }

  async findPending(lease: ShardLease, limit: number): Promise<OutboxRow[]> {
    const rows = await this.database.query<PendingRow>(FIND_PENDING, [lease.shard, limit]);
    return rows.map(({ sequence, topics, key, value, headers }) => {
      return { sequence: BigInt(sequence), topics: topics.split(TOPIC_SEPARATOR), key, value, headers };
    });
  }

  async markSent(lease: ShardLease, sequences: readonly bigint[]): Promise<void> {
    const values = [lease.shard, lease.owner, lease.epoch.toString(), sequences.map(String)];
    const [row] = await this.database.query<{ held: boolean }>(MARK_SENT, values);
    if (!row?.held)
      throw new HubError('HUB_LEASE_LOST', 'Another relay took the shard.', { shard: lease.shard, epoch: lease.epoch });
  }

  async findBacklog(): Promise<{ readonly rows: number; readonly oldestAgeMs: number }> {
    const [row] = await this.database.query<{ rows: string; age_ms: string }>(BACKLOG);
    return { rows: Number(row?.rows ?? 0), oldestAgeMs: Math.max(0, Number(row?.age_ms ?? 0)) };
  }
}
