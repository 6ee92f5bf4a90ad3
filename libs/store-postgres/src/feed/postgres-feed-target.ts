import type { Entity } from '#contracts';
import { HubError, instantOfMs, type BusinessKey, type Clock } from '#kernel';
import {
  seedRowDigest,
  takePage,
  type CheckableTarget,
  type CheckSession,
  MemoryCheckSession,
  type PageOutcome,
  type SeedPage,
  type SeedPosition,
  type SeedRow,
  type SeedTarget,
  type TargetRecord,
  type TargetState,
} from '#replay';
import type { Database, Sql } from '../database.js';

interface PositionRow {
  readonly partition: number;
  readonly next_offset: string;
  readonly state: SeedPosition['state'];
}

interface RecordRow {
  readonly key: BusinessKey;
  readonly sequence: string;
  readonly is_live: boolean;
  readonly digest: string;
}

/** Of a page, what is newer than the feed has; then entries are numbered behind the last one. */
const APPEND = `
  WITH page AS (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS r (key text, version bigint, sequence bigint, status text, changed_at text,
      fields jsonb, digest text, place integer)
  ), newer AS (
    INSERT INTO feed_record AS t (entity, key, sequence, is_live, digest)
    SELECT $1, key, sequence, status = 'live', digest FROM page
    ON CONFLICT (entity, key) DO UPDATE SET sequence = excluded.sequence, is_live = excluded.is_live, digest = excluded.digest
      WHERE excluded.sequence > t.sequence
    RETURNING key
  ), entries AS (
    INSERT INTO feed_entry (entity, number, key, version, sequence, status, changed_at, fields)
    SELECT $1, $3::bigint + row_number() OVER (ORDER BY place), key, version, sequence, status, changed_at, fields
    FROM page JOIN newer USING (key)
    RETURNING 1
  )
  SELECT count(*) AS count FROM entries`;
const ERASE = `
  WITH gone AS (DELETE FROM feed_record WHERE entity = $1 AND key = ANY ($2::text[]) RETURNING key),
  emptied AS (
    UPDATE feed_entry e SET status = 'erased', fields = '{}' FROM gone WHERE e.entity = $1 AND e.key = gone.key
  ), entries AS (
    INSERT INTO feed_entry (entity, number, key, version, sequence, status, changed_at, fields)
    SELECT $1, $3::bigint + row_number() OVER (ORDER BY key), key, 0, 0, 'erased', $4, '{}' FROM gone
    RETURNING 1
  )
  SELECT count(*) AS count FROM entries`;

/**
 * The feed of one entity as the target of a seed: pages become entries in the transaction that moves their position, numbered
 * under the lock of the feed, so that a number below the last one never comes later. Erasure empties a key's entries, too.
 */
export class PostgresFeedTarget implements SeedTarget, CheckableTarget {
  constructor(
    private readonly database: Database,
    private readonly entity: Entity,
    private readonly clock: Clock,
  ) {}

  async find(): Promise<TargetState> {
    const [feed] = await this.database.query<{ topic: string }>('SELECT topic FROM feed WHERE entity = $1', [
      this.entity,
    ]);
    if (!feed) return { kind: 'absent' };
    const positions = await this.readPositions(this.database);
    const live = 'SELECT count(*) AS count FROM feed_record WHERE entity = $1 AND is_live';
    const [row] = await this.database.query<{ count: string }>(live, [this.entity]);
    return { kind: 'seed', topic: feed.topic, shape: '', positions, liveRows: Number(row?.count ?? 0) };
  }

  async prepare(topic: string, from: ReadonlyMap<number, bigint>): Promise<void> {
    await this.database.transaction(async (sql) => {
      await sql.query('INSERT INTO feed (entity, topic) VALUES ($1, $2) ON CONFLICT DO NOTHING', [this.entity, topic]);
      await sql.query(
        `INSERT INTO feed_position (entity, partition, next_offset, state)
         SELECT $1, p, o, 'seeding' FROM unnest($2::int[], $3::bigint[]) AS t (p, o) ON CONFLICT DO NOTHING`,
        [this.entity, [...from.keys()], [...from.values()].map(String)],
      );
    });
  }

  /** Lock order: the feed, then the partition's position. */
  apply(page: SeedPage, end: bigint): Promise<PageOutcome> {
    return this.database.transaction(async (sql) => {
      const lock = 'SELECT last_number FROM feed WHERE entity = $1 FOR UPDATE';
      const [feed] = await sql.query<{ last_number: string }>(lock, [this.entity]);
      const position = (await this.readPositions(sql)).get(page.partition);
      if (!feed || !position)
        throw new HubError('HUB_SEED_TARGET_INVALID', 'The feed lost a position.', { partition: page.partition });
      const effect = takePage(page, position, end);
      const erased = await this.erase(sql, effect.erased, BigInt(feed.last_number));
      const written = await this.append(sql, effect.rows, BigInt(feed.last_number) + BigInt(erased));
      await sql.query('UPDATE feed SET last_number = last_number + $2 WHERE entity = $1', [
        this.entity,
        erased + written,
      ]);
      await sql.query('UPDATE feed_position SET next_offset = $3, state = $4 WHERE entity = $1 AND partition = $2', [
        this.entity,
        page.partition,
        effect.position.nextOffset.toString(),
        effect.position.state,
      ]);
      return { rows: written, position: effect.position };
    });
  }

  withSnapshot<T>(work: (session: CheckSession) => Promise<T>): Promise<T> {
    return this.database.transaction(async (sql) => {
      await sql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      const positions = [...(await this.readPositions(sql))].map(
        ([partition, { nextOffset }]) => [partition, nextOffset] as const,
      );
      const text = 'SELECT key, sequence, is_live, digest FROM feed_record WHERE entity = $1';
      const rows = await sql.query<RecordRow>(text, [this.entity]);
      const records = rows.map(({ key, sequence, is_live: isLive, digest }): [BusinessKey, TargetRecord] => [
        key,
        { key, sequence: BigInt(sequence), isLive, digest },
      ]);
      return work(new MemoryCheckSession(new Map(positions), new Map(records)));
    });
  }

  private async readPositions(sql: Sql): Promise<Map<number, SeedPosition>> {
    const text = 'SELECT partition, next_offset, state FROM feed_position WHERE entity = $1';
    const rows = await sql.query<PositionRow>(text, [this.entity]);
    return new Map(
      rows.map(({ partition, next_offset, state }) => [partition, { nextOffset: BigInt(next_offset), state }]),
    );
  }

  private async erase(sql: Sql, keys: readonly BusinessKey[], last: bigint): Promise<number> {
    if (keys.length === 0) return 0;
    const values = [this.entity, keys, last.toString(), instantOfMs(this.clock.nowMs())];
    const [row] = await sql.query<{ count: string }>(ERASE, values);
    return Number(row?.count ?? 0);
  }

  private async append(sql: Sql, rows: readonly SeedRow[], last: bigint): Promise<number> {
    if (rows.length === 0) return 0;
    const json = JSON.stringify(rows.map((row, place) => this.toRecord(row, place)));
    const [row] = await sql.query<{ count: string }>(APPEND, [this.entity, json, last.toString()]);
    return Number(row?.count ?? 0);
  }

  private toRecord(row: SeedRow, place: number): object {
    const { key, version, sequence, status, fields, event } = row;
    return {
      ...{ key, version: String(version), sequence: String(sequence), status, place },
      changed_at: event?.changedAt ?? instantOfMs(this.clock.nowMs()),
      fields: status === 'live' ? fields : {},
      digest: seedRowDigest(this.entity, row),
    };
  }
}
