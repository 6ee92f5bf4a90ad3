import type { FeedPath } from '#atom-feed';
import type { Entity } from '#contracts';
import { HubError, instantOfMs, type BusinessKey, type Clock } from '#kernel';
import {
  seedRowDigest,
  shapeText,
  takePage,
  WHOLE,
  type CheckableTarget,
  type CheckSession,
  MemoryCheckSession,
  type PageOutcome,
  type SeedPage,
  type SeedPosition,
  type SeedRow,
  type SeedShape,
  type SeedTarget,
  type TargetState,
} from '#replay';
import type { Database, Sql } from '../database.js';
import { readFeedRecords } from './feed-snapshot.js';

interface PositionRow {
  readonly partition: number;
  readonly next_offset: string;
  readonly state: SeedPosition['state'];
}

/** Which feed to fill. */
export interface FeedTargetOptions {
  readonly feed: FeedPath;
  readonly entity: Entity;
  /** What of the topic the feed holds; default everything. */
  readonly shape?: SeedShape;
}

/** What a page wrote: records, and entries that tell them. */
interface Written {
  readonly records: string;
  readonly entries: string;
}

/**
 * Of a page, what is newer than the feed has; then entries are numbered behind the last one. A part ($4) does not tell that a record
 * is deleted which it does not have: its readers would learn keys that are none of theirs.
 */
const APPEND = `
  WITH page AS (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS r (key text, version bigint, sequence bigint, status text, changed_at text,
      fields jsonb, digest text, place integer)
  ), shown AS (
    SELECT key FROM feed_record JOIN page USING (key) WHERE feed = $1 AND is_live
  ), newer AS (
    INSERT INTO feed_record AS t (feed, key, sequence, is_live, digest)
    SELECT $1, key, sequence, status = 'live', digest FROM page
    ON CONFLICT (feed, key) DO UPDATE SET sequence = excluded.sequence, is_live = excluded.is_live, digest = excluded.digest
      WHERE excluded.sequence > t.sequence
    RETURNING key
  ), entries AS (
    INSERT INTO feed_entry (feed, number, key, version, sequence, status, changed_at, fields)
    SELECT $1, $3::bigint + row_number() OVER (ORDER BY place), key, version, sequence, status, changed_at, fields
    FROM page JOIN newer USING (key) WHERE NOT $4 OR status = 'live' OR key IN (SELECT key FROM shown)
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM newer) AS records, (SELECT count(*) FROM entries) AS entries`;
/** Told of what has entries. */
const ERASE = `
  WITH gone AS (DELETE FROM feed_record WHERE feed = $1 AND key = ANY ($2::text[]) RETURNING key),
  emptied AS (
    UPDATE feed_entry e SET status = 'erased', fields = '{}' FROM gone WHERE e.feed = $1 AND e.key = gone.key
  ), entries AS (
    INSERT INTO feed_entry (feed, number, key, version, sequence, status, changed_at, fields)
    SELECT $1, $3::bigint + row_number() OVER (ORDER BY key), key, 0, 0, 'erased', $4, '{}' FROM gone
    WHERE EXISTS (SELECT 1 FROM feed_entry e WHERE e.feed = $1 AND e.key = gone.key)
    RETURNING 1
  )
  SELECT count(*) AS count FROM entries`;

/**
 * A feed as the target of a seed: pages become entries in the transaction that moves their position, numbered
 * under the lock of the feed, so that a number below the last one never comes later. Erasure empties a key's entries, too.
 */
export class PostgresFeedTarget implements SeedTarget, CheckableTarget {
  readonly feed: FeedPath;
  readonly entity: Entity;
  private readonly shape: string;

  constructor(
    private readonly database: Database,
    { feed, entity, shape = WHOLE }: FeedTargetOptions,
    private readonly clock: Clock,
  ) {
    this.feed = feed;
    this.entity = entity;
    this.shape = shapeText(shape);
  }

  async find(): Promise<TargetState> {
    const feed = await this.readFeed(this.database);
    if (!feed) return { kind: 'absent' };
    const positions = await this.readPositions(this.database);
    const live = 'SELECT count(*) AS count FROM feed_record WHERE feed = $1 AND is_live';
    const [row] = await this.database.query<{ count: string }>(live, [this.feed]);
    return { kind: 'seed', ...feed, positions, liveRows: Number(row?.count ?? 0) };
  }

  async prepare(topic: string, from: ReadonlyMap<number, bigint>): Promise<void> {
    await this.database.transaction(async (sql) => {
      const begin = 'INSERT INTO feed (feed, entity, topic, shape) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING';
      await sql.query(begin, [this.feed, this.entity, topic, this.shape]);
      this.assertSame(topic, await this.readFeed(sql));
      await sql.query(
        `INSERT INTO feed_position (feed, partition, next_offset, state)
         SELECT $1, p, o, 'seeding' FROM unnest($2::int[], $3::bigint[]) AS t (p, o) ON CONFLICT DO NOTHING`,
        [this.feed, [...from.keys()], [...from.values()].map(String)],
      );
    });
  }

  /** Lock order: the feed, then the partition's position. */
  apply(page: SeedPage, end: bigint): Promise<PageOutcome> {
    return this.database.transaction(async (sql) => {
      const lock = 'SELECT last_number FROM feed WHERE feed = $1 FOR UPDATE';
      const [feed] = await sql.query<{ last_number: string }>(lock, [this.feed]);
      const position = (await this.readPositions(sql)).get(page.partition);
      if (!feed || !position)
        throw new HubError('HUB_SEED_TARGET_INVALID', 'The feed lost a position.', { partition: page.partition });
      const effect = takePage(page, position, end);
      const erased = await this.erase(sql, effect.erased, BigInt(feed.last_number));
      const written = await this.append(sql, effect.rows, BigInt(feed.last_number) + BigInt(erased));
      const count = 'UPDATE feed SET last_number = last_number + $2 WHERE feed = $1';
      await sql.query(count, [this.feed, erased + written.entries]);
      await sql.query('UPDATE feed_position SET next_offset = $3, state = $4 WHERE feed = $1 AND partition = $2', [
        this.feed,
        page.partition,
        effect.position.nextOffset.toString(),
        effect.position.state,
      ]);
      return { rows: written.records, position: effect.position };
    });
  }

  /** Positions and records of one instant are read into memory first: no transaction waits while the topic is read. */
  async withSnapshot<T>(work: (session: CheckSession) => Promise<T>): Promise<T> {
    const session = await this.database.transaction(async (sql) => {
      await sql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      const positions = await this.readPositions(sql);
      const offsets = [...positions].map(([partition, { nextOffset }]) => [partition, nextOffset] as const);
      return new MemoryCheckSession(new Map(offsets), await readFeedRecords(sql, this));
    });
    return work(session);
  }

  private async readFeed(sql: Sql): Promise<{ readonly topic: string; readonly shape: string } | null> {
    const text = 'SELECT topic, shape FROM feed WHERE feed = $1';
    const [feed] = await sql.query<{ topic: string; shape: string }>(text, [this.feed]);
    return feed ?? null;
  }

  /** Two seeders that begin at once: the second one goes on with what the first one began, or not at all. */
  private assertSame(topic: string, begun: { readonly topic: string; readonly shape: string } | null): void {
    if (begun?.topic === topic && begun.shape === this.shape) return;
    throw new HubError('HUB_SEED_TARGET_INVALID', 'The feed was begun as another one meanwhile.', { feed: this.feed });
  }

  private async readPositions(sql: Sql): Promise<Map<number, SeedPosition>> {
    const text = 'SELECT partition, next_offset, state FROM feed_position WHERE feed = $1';
    const rows = await sql.query<PositionRow>(text, [this.feed]);
    return new Map(
      rows.map(({ partition, next_offset, state }) => [partition, { nextOffset: BigInt(next_offset), state }]),
    );
  }

  private async erase(sql: Sql, keys: readonly BusinessKey[], last: bigint): Promise<number> {
    if (keys.length === 0) return 0;
    const values = [this.feed, keys, last.toString(), instantOfMs(this.clock.nowMs())];
    const [row] = await sql.query<{ count: string }>(ERASE, values);
    return Number(row?.count ?? 0);
  }

  private async append(
    sql: Sql,
    rows: readonly SeedRow[],
    last: bigint,
  ): Promise<{ readonly records: number; readonly entries: number }> {
    if (rows.length === 0) return { records: 0, entries: 0 };
    const json = JSON.stringify(rows.map((row, place) => this.toRecord(row, place)));
    const [row] = await sql.query<Written>(APPEND, [this.feed, json, last.toString(), this.shape !== '']);
    return { records: Number(row?.records ?? 0), entries: Number(row?.entries ?? 0) };
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
