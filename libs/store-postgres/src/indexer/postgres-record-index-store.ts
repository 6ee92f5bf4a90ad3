import { HubError } from '#kernel';
import {
  chooseStart,
  joinEventId,
  type CleanedUp,
  type IndexedRecord,
  type IndexPage,
  type IndexPosition,
  type PartitionBounds,
  type RecordHit,
  type RecordIndexStore,
  type RecordQuery,
  type StartChoice,
} from '#record-index';
import { BinaryRowsWriter } from '../binary-rows-writer.js';
import type { Database, Sql } from '../database.js';
import { PostgresAppliedOffsets } from '../outbox/postgres-applied-offsets.js';
import { cleanUpIndex } from './clean-up-index.js';
import { IndexedKinds, toEventColumns } from './indexed-kinds.js';
import { IN_INDEX_ORDER, newestOfTypeStatement, type TypeQuery } from './newest-of-type-sql.js';
import { searchStatement, type TimeWindow } from './search-sql.js';

interface HitRow {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly is_removed: boolean;
  readonly key: Buffer;
  readonly business_key: Buffer | null;
  readonly event: Buffer | null;
  readonly trace_id: string | null;
  readonly type: Buffer | null;
  readonly event_prefix: Buffer | null;
  readonly is_tombstone: boolean;
  readonly appended_at_ms: string;
}

const COLUMNS = 8;
const LOAD = `COPY indexed_record ("offset", appended_at, source, kind, trace_id, key, event, business_key)
  FROM STDIN (FORMAT binary)`;
const TAKE_UP = `INSERT INTO indexed_partition (topic, partition) VALUES ($1, $2)
  ON CONFLICT (topic, partition) WHERE NOT is_retired DO NOTHING`;
const FIND_SOURCE = 'SELECT id FROM indexed_partition WHERE topic = $1 AND partition = $2 AND NOT is_retired';
const POSITIONS = `
  SELECT p.topic, p.partition, coalesce(a.next_offset, 0) AS next_offset FROM indexed_partition AS p
  LEFT JOIN applied_offset AS a ON a.topic = p.topic AND a.partition = p.partition
  WHERE NOT p.is_retired ORDER BY p.topic, p.partition`;
const RAISE = `UPDATE indexed_partition SET low = $3, is_clean = false
  WHERE topic = $1 AND partition = $2 AND low < $3 AND NOT is_retired`;
const RETIRE = `UPDATE indexed_partition SET is_retired = true, is_clean = false WHERE topic = $1 AND NOT is_retired`;
const NOTE_NEWEST = `UPDATE indexed_partition
  SET newest_at = greatest(newest_at, '1970-01-01Z'::timestamptz + $2::bigint * interval '1 millisecond') WHERE id = $1`;
const FIND_END = `
  SELECT (extract(epoch FROM max(coalesce(newest_at, clock_timestamp()))) * 1000)::bigint + 1 AS end_ms
  FROM indexed_partition WHERE NOT is_retired`;
/** Pages that the index of times does not know yet are read by every search by time; autovacuum tells it too seldom. */
const TELL_TIMES = `SELECT brin_summarize_new_values('indexed_record_by_time')`;
/** A search by time alone looks at this much first, and then at twice as much. */
const FIRST_WINDOW_MS = 100;
/** Beyond it, at all that is left. */
const LAST_WINDOW_MS = 24 * 60 * 60_000;

/** The index in PostgreSQL; ADR 28 says why it is kept so. */
export class PostgresRecordIndexStore implements RecordIndexStore {
  private readonly kinds: IndexedKinds;

  constructor(private readonly database: Database) {
    this.kinds = new IndexedKinds(database);
  }

  async addPage({ topic, partition, records, nextOffset }: IndexPage): Promise<void> {
    const columns = records.map(toEventColumns);
    const numbers = await this.kinds.numbersOf(columns);
    await this.database.transaction(async (sql) => {
      const offsets = new PostgresAppliedOffsets(sql);
      const applied = await offsets.lock(topic, partition);
      const source = await findSource(sql, topic, partition);
      const rows = new BinaryRowsWriter();
      rows.begin();
      let count = 0;
      for (const [index, record] of records.entries()) {
        if (record.offset < applied) continue;
        const { kindName, event } = columns[index] ?? toEventColumns(record);
        writeRow(rows, record, { source, kind: numbers.get(kindName) ?? 0, event });
        count += 1;
      }
      if (count > 0) {
        await sql.copyIn(LOAD, rows.end());
        await sql.query(NOTE_NEWEST, [source, newestMs(records)]);
      }
      await offsets.advance({ topic, partition, nextOffset });
    });
  }

  async search(query: RecordQuery): Promise<RecordHit[]> {
    const { key, eventId, traceId, type, fromMs = null, untilMs = null } = query;
    if (key !== undefined || eventId !== undefined || traceId !== undefined)
      return this.find(query, { fromMs, untilMs });
    return type === undefined ? this.searchByTime(query) : this.searchByType({ ...query, type });
  }

  async findPositions(): Promise<IndexPosition[]> {
    const rows = await this.database.query<{ topic: string; partition: number; next_offset: string }>(POSITIONS);
    return rows.map(({ topic, partition, next_offset }) => ({ topic, partition, nextOffset: BigInt(next_offset) }));
  }

  async takeUp(topic: string, partition: number, bounds: PartitionBounds): Promise<StartChoice> {
    const choice = await this.database.transaction(async (sql) => {
      const offsets = new PostgresAppliedOffsets(sql);
      const choice = chooseStart(await offsets.lock(topic, partition), bounds);
      if (choice === 'begin-anew') {
        await sql.query(`${RETIRE} AND partition = $2`, [topic, partition]);
        await forgetOffsets(sql, topic, partition);
      }
      await sql.query(TAKE_UP, [topic, partition]);
      await offsets.advance({ topic, partition, nextOffset: bounds.low });
      return choice;
    });
    await this.raiseLow(topic, partition, bounds.low);
    return choice;
  }

  async raiseLow(topic: string, partition: number, low: bigint): Promise<void> {
    await this.database.query(RAISE, [topic, partition, low.toString()]);
  }

  async forgetTopic(topic: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      await sql.query(RETIRE, [topic]);
      await forgetOffsets(sql, topic, null);
    });
  }

  async cleanUp(): Promise<CleanedUp> {
    await this.database.query(TELL_TIMES);
    return this.database.transaction(cleanUpIndex);
  }

  /** By time there is no order in the index of times: it is asked for more and more, from the end on. */
  private async searchByTime(query: RecordQuery): Promise<RecordHit[]> {
    const lowest = query.fromMs ?? 0;
    let untilMs = query.untilMs ?? (await this.findEndMs());
    if (query.after && query.after.appendedAtMs < untilMs) untilMs = query.after.appendedAtMs + 1;
    const hits: RecordHit[] = [];
    for (let windowMs = FIRST_WINDOW_MS; hits.length < query.limit && untilMs > lowest; windowMs *= 2) {
      const fromMs = windowMs > LAST_WINDOW_MS ? lowest : Math.max(lowest, untilMs - windowMs);
      const limit = query.limit - hits.length;
      hits.push(...(await this.find({ ...query, limit }, { fromMs, untilMs })));
      untilMs = fromMs;
    }
    return hits;
  }

  private async searchByType(query: TypeQuery): Promise<RecordHit[]> {
    const { text, values } = newestOfTypeStatement(query);
    const rows = await this.database.transaction(async (sql) => {
      await sql.query(IN_INDEX_ORDER);
      return sql.query<HitRow>(text, values);
    });
    return rows.map(toHit);
  }

  /** Behind the newest record, as partitions know it; of one that does not yet, behind the present. */
  private async findEndMs(): Promise<number> {
    const [row] = await this.database.query<{ end_ms: string | null }>(FIND_END);
    return Number(row?.end_ms ?? 0);
  }

  private async find(query: RecordQuery, window: TimeWindow): Promise<RecordHit[]> {
    const { text, values } = searchStatement(query, window);
    return (await this.database.query<HitRow>(text, values)).map(toHit);
  }
}

/** Under the lock of the position: another process may have begun the partition anew. */
async function findSource(sql: Sql, topic: string, partition: number): Promise<number> {
  await sql.query(TAKE_UP, [topic, partition]);
  const [row] = await sql.query<{ id: number }>(FIND_SOURCE, [topic, partition]);
  if (row) return row.id;
  throw new HubError('HUB_INVARIANT_BROKEN', 'A partition that was just taken up is not there.', { topic, partition });
}

function writeRow(
  rows: BinaryRowsWriter,
  { offset, appendedAtMs, traceId, key, businessKey }: IndexedRecord,
  { source, kind, event }: { readonly source: number; readonly kind: number; readonly event: string | null },
): void {
  rows.row(COLUMNS);
  rows.int8(offset);
  rows.timestampMs(appendedAtMs);
  rows.int4(source);
  rows.int4(kind);
  rows.uuid(traceId);
  rows.text(key);
  rows.text(event);
  rows.text(businessKey);
}

/** Clocks of brokers may go back: the last record need not be the newest. */
function newestMs(records: readonly IndexedRecord[]): number {
  return records.reduce((newest, { appendedAtMs }) => Math.max(newest, appendedAtMs), 0);
}

async function forgetOffsets(sql: Sql, topic: string, partition: number | null): Promise<void> {
  const text = 'DELETE FROM applied_offset WHERE topic = $1 AND partition = coalesce($2, partition)';
  await sql.query(text, [topic, partition]);
}

function toHit(row: HitRow): RecordHit {
  const text = (bytes: Buffer | null): string | null => bytes && bytes.toString('utf8');
  const key = row.key.toString('utf8');
  const [prefix, event] = [text(row.event_prefix), text(row.event)];
  return {
    ...{ topic: row.topic, partition: row.partition, offset: BigInt(row.offset), key },
    businessKey: text(row.business_key),
    eventId: prefix === null ? event : joinEventId({ prefix, key, place: event ?? '' }),
    type: text(row.type),
    appendedAtMs: Number(row.appended_at_ms),
    traceId: row.trace_id?.replaceAll('-', '') ?? null,
    ...{ isTombstone: row.is_tombstone, isRemoved: row.is_removed },
  };
}
