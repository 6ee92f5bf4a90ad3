import type { FeedEntry, FeedHead, FeedPath, FeedReader, NamedFeed } from '#atom-feed';
import type { BusinessKey, CanonicalFields, Instant } from '#kernel';
import type { Database } from '../database.js';

interface HeadRow {
  readonly topic: string;
  readonly last_number: string;
  readonly positions: readonly { readonly partition: number; readonly next_offset: string }[];
}

interface EntryRow {
  readonly number: string;
  readonly key: BusinessKey;
  readonly version: string;
  readonly sequence: string;
  readonly status: FeedEntry['status'];
  readonly changed_at: Instant;
  readonly fields: CanonicalFields;
}

/** Head and positions of one instant: one statement. */
const HEAD = `
  SELECT topic, last_number,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('partition', partition, 'next_offset', next_offset::text) ORDER BY partition), '[]')
     FROM feed_position p WHERE p.feed = f.feed) AS positions
  FROM feed f WHERE feed = $1`;
const ENTRIES = `
  SELECT number, key, version, sequence, status, changed_at, fields FROM feed_entry
  WHERE feed = $1 AND number BETWEEN $2 AND $3 ORDER BY number`;
const NAMED = `SELECT entity, split_part(feed, '/', 2) AS name FROM feed WHERE feed <> entity ORDER BY feed COLLATE "C"`;

/** Feeds as they are read. */
export class PostgresFeedStore implements FeedReader {
  constructor(private readonly database: Database) {}

  async findHead(feed: FeedPath): Promise<FeedHead | null> {
    const [row] = await this.database.query<HeadRow>(HEAD, [feed]);
    if (!row) return null;
    const positions = row.positions.map(({ partition, next_offset }) => ({
      partition,
      nextOffset: BigInt(next_offset),
    }));
    return { topic: row.topic, last: BigInt(row.last_number), positions };
  }

  async findEntries(feed: FeedPath, first: bigint, last: bigint): Promise<readonly FeedEntry[]> {
    const rows = await this.database.query<EntryRow>(ENTRIES, [feed, first.toString(), last.toString()]);
    return rows.map(({ number, version, sequence, changed_at: changedAt, ...row }) => ({
      ...row,
      ...{ number: BigInt(number), version: BigInt(version), sequence: BigInt(sequence), changedAt },
    }));
  }

  listNamed(): Promise<readonly NamedFeed[]> {
    return this.database.query<NamedFeed>(NAMED);
  }
}
