import { HubError, type ErrorCode } from '#kernel';
import type { ParkedKey, ParkedKeys, ParkedRow, ShardLease } from '#outbox';
import type { Database } from '../database.js';
import { sqlFile } from '../sql-file.js';
import { toRowsParameter } from './rows-parameter.js';

const PARK = sqlFile(import.meta.dirname, 'park-rows.sql');
const RELEASE = sqlFile(import.meta.dirname, 'release-parked.sql');

const FIND = `
  SELECT key, code, reason, parked_at, is_released,
    (SELECT count(*)::int FROM outbox_parked p WHERE p.shard = k.shard AND p.key = k.key) AS rows
  FROM outbox_parked_key k ORDER BY parked_at, key LIMIT $1`;

const REQUEST = `
  UPDATE outbox_parked_key SET is_released = true WHERE $1::text[] IS NULL OR key = ANY ($1) RETURNING key`;

interface FoundKey {
  readonly key: string;
  readonly code: ErrorCode;
  readonly reason: string;
  readonly parked_at: Date;
  readonly is_released: boolean;
  readonly rows: number;
}

/** Parked keys of one outbox, for its relay and for operators. */
export class PostgresParkedKeys implements ParkedKeys {
  constructor(private readonly database: Database) {}

  async findParked(limit: number): Promise<ParkedKey[]> {
    const found = await this.database.query<FoundKey>(FIND, [limit]);
    return found.map(({ parked_at: parkedAt, is_released: isReleased, ...key }) => ({ ...key, parkedAt, isReleased }));
  }

  async requestRelease(keys: readonly string[] | 'all'): Promise<number> {
    return (await this.database.query(REQUEST, [keys === 'all' ? null : keys])).length;
  }

  /** Moves rows out of the outbox. @returns how many of them were there and visible @throws HubError HUB_LEASE_LOST */
  async park(lease: ShardLease, rows: readonly ParkedRow[]): Promise<number> {
    const [found] = await this.database.query<{ held: boolean; moved: number }>(PARK, [
      ...[lease.shard, lease.owner, lease.epoch.toString()],
      ...toRowsParameter(rows.map((row) => row.sequence)),
      rows.map((row) => row.cause?.code ?? null),
      rows.map((row) => row.cause?.reason ?? null),
    ]);
    if (found?.held) return found.moved;
    throw leaseLost(lease);
  }

  async findKeys(lease: ShardLease): Promise<string[]> {
    const text = 'SELECT key FROM outbox_parked_key WHERE shard = $1';
    return (await this.database.query<{ key: string }>(text, [lease.shard])).map(({ key }) => key);
  }

  /** @returns the keys whose rows are pending again @throws HubError HUB_LEASE_LOST */
  async release(lease: ShardLease): Promise<string[]> {
    const values = [lease.shard, lease.owner, lease.epoch.toString()];
    const [found] = await this.database.query<{ held: boolean; keys: string[] }>(RELEASE, values);
    if (found?.held) return found.keys;
    throw leaseLost(lease);
  }
}

/** What a relay is told whose shard was taken. */
export function leaseLost({ shard, epoch }: ShardLease): HubError {
  return new HubError('HUB_LEASE_LOST', 'Another relay took the shard.', { shard, epoch });
}
