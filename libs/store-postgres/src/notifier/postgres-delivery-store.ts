import type { Entity, WebhookStatus } from '#contracts';
import { HubError, type BusinessKey, type Instant } from '#kernel';
import type { DeliveryStore, PendingDelivery, Settlement } from '#webhooks';
import type { Database } from '../database.js';
import { instantSql } from '../golden/golden-rows.js';
import { PostgresAppliedOffsets } from '../outbox/postgres-applied-offsets.js';

/** An event for one receiver. */
export interface NewDelivery {
  readonly endpoint: string;
  readonly entity: Entity;
  readonly key: BusinessKey;
  readonly eventId: string;
  readonly type: string;
  readonly happenedAt: Instant;
  /** JSON. */
  readonly data: string;
  /** Where the event lies in its partition. */
  readonly offset: bigint;
}

/** Events of one partition, in offset order. */
export interface DeliveryPage {
  readonly topic: string;
  readonly partition: number;
  readonly deliveries: readonly NewDelivery[];
  readonly nextOffset: bigint;
}

interface DueRow {
  readonly id: string;
  readonly event_id: string;
  readonly type: string;
  readonly happened_at: string;
  readonly data: string;
  readonly attempts: number;
}

interface CountRow {
  readonly off_reason: string | null;
  readonly pending: string;
  readonly oldest: Instant | null;
  readonly parked: string;
  readonly problem: string | null;
}

const LEASE = `
  INSERT INTO webhook_endpoint AS e (name, owner, leased_until)
  VALUES ($1, $2, clock_timestamp() + $3::int * interval '1 millisecond')
  ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, leased_until = excluded.leased_until
  WHERE e.off_reason IS NULL AND (e.owner = excluded.owner OR e.leased_until <= clock_timestamp())
  RETURNING name`;
const ADD = `
  INSERT INTO webhook_delivery (endpoint, entity, key, event_id, type, happened_at, data)
  SELECT endpoint, entity, key, event_id, type, happened_at, data FROM unnest($1::text[], $2::text[], $3::text[],
    $4::text[], $5::text[], $6::timestamptz[], $7::text[])
    WITH ORDINALITY AS d (endpoint, entity, key, event_id, type, happened_at, data, place)
  ORDER BY place ON CONFLICT (endpoint, event_id) DO NOTHING`;
const FIND_DUE = `
  SELECT id, event_id, type, ${instantSql('happened_at')} AS happened_at, data, attempts FROM (
    SELECT DISTINCT ON (entity, key) * FROM webhook_delivery WHERE endpoint = $1 AND NOT is_parked
    ORDER BY entity, key, id) AS oldest
  WHERE due_at <= clock_timestamp() ORDER BY due_at, id LIMIT $2`;
const AGAIN = `
  UPDATE webhook_delivery SET attempts = $2, due_at = clock_timestamp() + $3::bigint * interval '1 millisecond',
    reason = $4 WHERE id = $1`;
const PARK = `UPDATE webhook_delivery SET attempts = $2, is_parked = true, reason = $3 WHERE id = $1`;
const COUNT = `
  SELECT (SELECT off_reason FROM webhook_endpoint WHERE name = $1) AS off_reason,
    count(*) FILTER (WHERE NOT is_parked) AS pending, count(*) FILTER (WHERE is_parked) AS parked,
    ${instantSql('min(created_at) FILTER (WHERE NOT is_parked)')} AS oldest,
    (array_agg(reason ORDER BY id DESC) FILTER (WHERE reason IS NOT NULL))[1] AS problem
  FROM webhook_delivery WHERE endpoint = $1`;
const RESEND = `
  UPDATE webhook_delivery SET is_parked = false, attempts = 0, due_at = clock_timestamp(), reason = NULL
  WHERE endpoint = $1 AND (is_parked OR attempts > 0) RETURNING id`;

/** The notifier's database. */
export class PostgresDeliveryStore implements DeliveryStore {
  constructor(private readonly database: Database) {}

  /** Begins to read a topic at these ends, once: what was published before the notifier first ran is told to nobody. */
  async beginAt(topic: string, ends: ReadonlyMap<number, bigint>): Promise<void> {
    await this.database.transaction(async (sql) => {
      const begin = 'INSERT INTO webhook_topic (name) VALUES ($1) ON CONFLICT DO NOTHING RETURNING name';
      if ((await sql.query(begin, [topic])).length === 0) return;
      const offsets = new PostgresAppliedOffsets(sql);
      for (const [partition, nextOffset] of ends) await offsets.advance({ topic, partition, nextOffset });
    });
  }

  /** Stores a page with its applied offset; what was stored before changes nothing. */
  async addPage({ topic, partition, deliveries, nextOffset }: DeliveryPage): Promise<void> {
    await this.database.transaction(async (sql) => {
      const offsets = new PostgresAppliedOffsets(sql);
      const applied = await offsets.lock(topic, partition);
      const fresh = deliveries.filter(({ offset }) => offset >= applied);
      if (fresh.length > 0)
        await sql.query(ADD, [
          fresh.map(({ endpoint }) => endpoint),
          fresh.map(({ entity }) => entity),
          fresh.map(({ key }) => key),
          fresh.map(({ eventId }) => eventId),
          fresh.map(({ type }) => type),
          fresh.map(({ happenedAt }) => happenedAt),
          fresh.map(({ data }) => data),
        ]);
      await offsets.advance({ topic, partition, nextOffset });
    });
  }

  async lease(endpoint: string, owner: string, ttlMs: number): Promise<boolean> {
    return (await this.database.query(LEASE, [endpoint, owner, ttlMs])).length > 0;
  }

  async release(endpoint: string, owner: string): Promise<void> {
    const text = `UPDATE webhook_endpoint SET owner = '', leased_until = '-infinity' WHERE name = $1 AND owner = $2`;
    await this.database.query(text, [endpoint, owner]);
  }

  async findDue(endpoint: string, limit: number): Promise<PendingDelivery[]> {
    const rows = await this.database.query<DueRow>(FIND_DUE, [endpoint, limit]);
    return rows.map(({ id, event_id, type, happened_at, data, attempts }) => {
      return { id, event: { id: event_id, type, timestamp: happened_at, data: JSON.parse(data) as unknown }, attempts };
    });
  }

  async settle(endpoint: string, { id }: PendingDelivery, settlement: Settlement): Promise<void> {
    switch (settlement.kind) {
      case 'done':
        return void (await this.database.query('DELETE FROM webhook_delivery WHERE id = $1', [id]));
      case 'again':
        return void (await this.database.query(AGAIN, [id, settlement.attempts, settlement.inMs, settlement.reason]));
      case 'parked':
        return void (await this.database.query(PARK, [id, settlement.attempts, settlement.reason]));
      case 'off': {
        const text = 'UPDATE webhook_endpoint SET off_reason = $2 WHERE name = $1';
        return void (await this.database.query(text, [endpoint, settlement.reason]));
      }
    }
  }

  /** What waits for a receiver. */
  async describe(endpoint: string): Promise<Omit<WebhookStatus, 'name' | 'host'>> {
    const [row] = await this.database.query<CountRow>(COUNT, [endpoint]);
    if (!row) throw new HubError('HUB_INVARIANT_BROKEN', 'An aggregate answered no row.', { endpoint });
    const { off_reason: offReason, pending, oldest: oldestPendingAt, parked, problem } = row;
    return { offReason, pending: Number(pending), oldestPendingAt, parked: Number(parked), problem };
  }

  /** Switches a receiver on again, and tries at once what was parked or waits for another attempt. @returns number of events */
  async resend(endpoint: string): Promise<number> {
    return this.database.transaction(async (sql) => {
      await sql.query('UPDATE webhook_endpoint SET off_reason = NULL WHERE name = $1', [endpoint]);
      return (await sql.query(RESEND, [endpoint])).length;
    });
  }
}
