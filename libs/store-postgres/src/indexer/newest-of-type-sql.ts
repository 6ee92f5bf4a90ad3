import type { RecordQuery } from '#record-index';
import { quarterSecondSql } from './index-records-by-kind.migration.js';
import { toBytes } from './indexed-kinds.js';
import { behind, HIT_COLUMNS, instant, NEWEST_FIRST, type Statement } from './search-sql.js';

/** A search by type alone, perhaps of a time. */
export type TypeQuery = Pick<RecordQuery, 'fromMs' | 'untilMs' | 'after' | 'limit'> & { readonly type: string };

/**
 * For the transaction that {@link newestOfTypeStatement} runs in: statistics that are behind make a bitmap of all rows of a kind
 * look cheaper than the newest in the order of the index.
 */
export const IN_INDEX_ORDER = 'SET LOCAL enable_bitmapscan = off';

const QUARTER_SECOND = quarterSecondSql('r.appended_at');

/**
 * Finds the newest records of a type. The index knows their order to a quarter of a second, so each kind gives as many as are
 * wanted and the rest of its last quarter second, and these are sorted. A kind whose newest record is in an older quarter second
 * than those of as many other kinds as records are wanted can add nothing, and is not read: any number of kinds may be of a type.
 */
export function newestOfTypeStatement(query: TypeQuery): Statement {
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const [type, limit] = [`${add(toBytes(query.type))}::bytea`, add(query.limit)];
  const ofKind = `FROM indexed_record AS r WHERE ${wanted(query, add).join(' AND ')} ORDER BY ${QUARTER_SECOND} DESC`;
  const text = `
    SELECT ${HIT_COLUMNS} FROM (
      SELECT k.* FROM indexed_kind AS k CROSS JOIN LATERAL (SELECT ${QUARTER_SECOND} AS quarter_second ${ofKind} LIMIT 1) AS newest
      WHERE k.type = ${type} ORDER BY newest.quarter_second DESC FETCH FIRST ${limit} ROWS WITH TIES
    ) AS k
    CROSS JOIN LATERAL (SELECT r.* ${ofKind} FETCH FIRST ${limit} ROWS WITH TIES) AS r
    JOIN indexed_partition AS p ON p.id = r.source
    ORDER BY ${NEWEST_FIRST} LIMIT ${limit}`;
  return { text, values };
}

/** The quarter seconds are what the index can use; the times themselves decide. */
function wanted({ fromMs, untilMs, after }: TypeQuery, add: (value: unknown) => string): string[] {
  const conditions = ['r.kind = k.id', 'r.source NOT IN (SELECT id FROM indexed_partition WHERE is_retired)'];
  const within = (sign: '<=' | '>=', at: string): string => `${QUARTER_SECOND} ${sign} ${quarterSecondSql(at)}`;
  if (fromMs !== undefined) {
    const from = instant(add(fromMs));
    conditions.push(within('>=', from), `r.appended_at >= ${from}`);
  }
  if (untilMs !== undefined) {
    const until = instant(add(untilMs));
    conditions.push(within('<=', until), `r.appended_at < ${until}`);
  }
  if (after) conditions.push(within('<=', instant(add(after.appendedAtMs))), behind(after, add));
  return conditions;
}
