import type { Entity } from '#contracts';
import type { BusinessKey, CanonicalFields } from '#kernel';
import { seedRowDigest, type TargetRecord } from '#replay';
import type { Sql } from '../database.js';

interface RecordRow {
  readonly key: BusinessKey;
  readonly sequence: string;
  readonly is_live: boolean;
  readonly digest: string;
  /** Of its last entry; null where it has none. */
  readonly told_version: string | null;
  readonly told_sequence: string | null;
  readonly told_status: 'live' | 'deleted' | 'erased' | null;
  readonly told_fields: CanonicalFields | null;
}

/** Records of one statement: their fields are in memory meanwhile. */
const PAGE = 5_000;
const RECORDS = `
  SELECT r.key, r.sequence, r.is_live, r.digest, e.version AS told_version, e.sequence AS told_sequence, e.status AS told_status,
    e.fields AS told_fields
  FROM feed_record r LEFT JOIN LATERAL (
    SELECT version, sequence, status, fields FROM feed_entry WHERE feed = r.feed AND key = r.key ORDER BY number DESC LIMIT 1
  ) e ON true
  WHERE r.feed = $1 AND r.key > $2 ORDER BY r.key LIMIT ${PAGE}`;

/** Records of a feed as its entries tell them, so that an entry that was tampered with is found. `sql` must be of one snapshot. */
export async function readFeedRecords(
  sql: Sql,
  { feed, entity }: { readonly feed: string; readonly entity: Entity },
): Promise<Map<BusinessKey, TargetRecord>> {
  const records = new Map<BusinessKey, TargetRecord>();
  let rows: readonly RecordRow[];
  let after = '';
  do {
    rows = await sql.query<RecordRow>(RECORDS, [feed, after]);
    for (const row of rows) records.set(row.key, toRecord(entity, row));
    after = rows.at(-1)?.key ?? after;
  } while (rows.length === PAGE);
  return records;
}

function toRecord(entity: Entity, row: RecordRow): TargetRecord {
  const { key, sequence, is_live: isLive } = row;
  return { key, sequence: BigInt(sequence), isLive, digest: digestOf(entity, row) };
}

/** A record that is deleted may have no entry: a part does not tell of what it never had. */
function digestOf(entity: Entity, row: RecordRow): string {
  const { key, is_live: isLive, told_version: version, told_sequence: sequence, told_status: status } = row;
  if (!isLive && status !== 'live') return row.digest;
  return seedRowDigest(entity, {
    ...{ key, version: BigInt(version ?? 0), sequence: BigInt(sequence ?? 0), fields: row.told_fields ?? {} },
    status: status === 'live' ? 'live' : 'deleted',
  });
}
