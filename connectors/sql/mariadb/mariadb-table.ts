import { mariadbCombinedDigestSql, toCombinedDigest } from '#canonical';
import { toWallClock, type RangeDigest } from '#connector-sdk';
import { HubError } from '#kernel';
import type {
  IdDigest,
  IdRange,
  Position,
  RangeProbes,
  SqlTable,
  Sweep,
  SweepStart,
  TextRow,
  WriteGroup,
} from '../database.js';
import type { EntityPlan } from '../entity-plan.js';
import type { MariadbClient, SqlValue } from './client.js';
import { readColumnTypes, typeOf } from './column-types.js';
import { bytesSql, BYTES, keySql, SHORT_TEXT, toTimeParameter } from './expressions.js';
import { toMariadbPlan, type MariadbPlan } from './mariadb-plan.js';
import { quote } from './names.js';
import { writeGroup } from './write-group.js';

/** Statements on one relation. Types of columns are read once, and again after it no longer has what they name. */
export class MariadbTable implements SqlTable {
  private known: Promise<MariadbPlan> | null = null;

  constructor(
    private readonly client: MariadbClient,
    private readonly bare: EntityPlan,
  ) {}

  findRows(column: string, texts: readonly string[]): Promise<TextRow[]> {
    return this.withPlan(async (plan) => {
      const wanted = [...new Set(texts)];
      if (wanted.length === 0) return [];
      const type = typeOf(plan.types, column);
      const name = `t.${quote(column)}`;
      const key = keySql('r.text', type);
      if (key !== null)
        return this.client.query(joinedSql(plan, `${name} = ${key} AND ${bytesSql(name, type)} = r.text`), [
          JSON.stringify(wanted),
        ]);
      const values = padded(wanted);
      const list = values.map(() => '?').join(', ');
      const sql = `SELECT ${plan.selectList} FROM ${plan.relation} AS t WHERE ${bytesSql(name, type)} IN (${list})`;
      return this.client.query(sql, values);
    });
  }

  findIds({ after, to }: IdRange, count: number): Promise<string[]> {
    return this.withPlan(async (plan) => {
      const { condition, values } = rangeSql(plan, { after, to });
      const sql = `SELECT ${plan.idBytes} AS id FROM ${plan.relation} AS t WHERE ${condition} ORDER BY id LIMIT ${count}`;
      const rows = await this.client.query(sql, values);
      return rows.map((row) => row['id'] ?? '');
    });
  }

  /** MariaDB has no column that names a row's transaction. */
  findSweepStart(ms: number): Promise<SweepStart> {
    return this.withPlan(async (plan) => ({ time: await this.timeBefore(plan, ms), seen: null }));
  }

  findChangedAfter(head: Position | null, limit: number): Promise<TextRow[]> {
    return this.withPlan(async (plan) => {
      const now = toTimeParameter(await this.timeBefore(plan, 0));
      if (head === null) return this.client.query(pageSql(plan, `${plan.at} <= ?`, limit), [now]);
      const at = toTimeParameter(head.at);
      const sql = pageSql(plan, `${afterSql(plan)} AND ${plan.at} <= ?`, limit);
      return this.client.query(sql, [at, at, head.id, now]);
    });
  }

  findSwept({ from, after, until }: Sweep, limit: number): Promise<TextRow[]> {
    return this.withPlan(async (plan) => {
      const [start, end] = [toTimeParameter(after?.at ?? from), toTimeParameter(until.at)];
      const upTo = `(${plan.at} < ? OR (${plan.at} = ? AND ${orderSql(plan)} <= ${orderParameter(plan)}))`;
      const sql = pageSql(plan, `${upTo} AND ${after === null ? `${plan.at} >= ?` : afterSql(plan)}`, limit);
      return this.client.query(sql, [end, end, until.id, ...(after === null ? [start] : [start, start, after.id])]);
    });
  }

  digestSegments(bounds: readonly string[], range: IdRange): Promise<ReadonlyMap<number, RangeDigest>> {
    return this.withPlan(async (plan) => {
      const { condition, values } = rangeSql(plan, range);
      const rows = await this.client.query(digestSegmentsSql(plan, condition), [...values, JSON.stringify(bounds)]);
      const segments = new Map<number, RangeDigest>();
      for (const row of rows) {
        const digest = { count: row['count'] ?? '0', xor: row['xor'] ?? null, sum: row['sum'] ?? null };
        segments.set(Number(row['segment']), toCombinedDigest(digest));
      }
      return segments;
    });
  }

  findInSegments(bounds: readonly string[], range: IdRange, segments: readonly number[]): Promise<IdDigest[]> {
    return this.withPlan(async (plan) => {
      const { condition, values } = rangeSql(plan, range);
      const lists = [JSON.stringify(bounds), JSON.stringify(segments)];
      const rows = await this.client.query(findInSegmentsSql(plan, condition), [...values, ...lists]);
      return rows.map((row) => ({ externalId: row['id'] ?? '', digest: row['digest'] ?? '' }));
    });
  }

  /** Ids are ordered by their printed bytes, which no index of MariaDB has for certain. */
  async probes(): Promise<RangeProbes | null> {
    return null;
  }

  write(group: WriteGroup): Promise<TextRow[]> {
    return this.withPlan((plan) => writeGroup(this.client, plan, group));
  }

  /** A wall clock is computed here: the server may lack the zones' tables. */
  private async timeBefore(plan: MariadbPlan, ms: number): Promise<string> {
    const sql = 'SELECT CAST(UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND AS CHAR) AS time';
    const [row] = await this.client.query(sql, [String(ms * 1_000)]);
    const time = row?.['time'] ?? '';
    if (plan.atType.kind === 'timestamp') return `${time}+00`;
    return plan.options.zone === 'UTC' ? time : toWallClock(`${time.replace(' ', 'T')}Z`, plan.options.zone);
  }

  private async withPlan<T>(work: (plan: MariadbPlan) => Promise<T>): Promise<T> {
    const plan = await this.plan();
    try {
      return await work(plan);
    } catch (error) {
      if (error instanceof HubError && error.code === 'HUB_SOURCE_SCHEMA') this.known = null;
      throw error;
    }
  }

  private plan(): Promise<MariadbPlan> {
    if (this.known) return this.known;
    const plan = readColumnTypes(this.client, this.bare).then((types) => toMariadbPlan(this.bare, types));
    this.known = plan;
    plan.catch(() => (this.known = null));
    return plan;
  }
}

/** Rows by index, each once: of what a collation takes for equal, only one text has the row's bytes. */
function joinedSql(plan: MariadbPlan, condition: string): string {
  return `SELECT ${plan.selectList} FROM JSON_TABLE(?, '$[*]' COLUMNS (text ${SHORT_TEXT} PATH '$')) AS r
    STRAIGHT_JOIN ${plan.relation} AS t ON ${condition}`;
}

/** A statement is prepared per number of values; filled up to a power of two there are few. */
function padded(values: readonly string[]): string[] {
  const count = 2 ** Math.ceil(Math.log2(values.length));
  return [...values, ...Array.from({ length: count - values.length }, () => values.at(-1) ?? '')];
}

function rangeSql({ id, idBytes }: MariadbPlan, { after, to }: IdRange): { condition: string; values: SqlValue[] } {
  const parts = [
    `${id} IS NOT NULL`,
    ...(after === null ? [] : [`${idBytes} > ?`]),
    ...(to === null ? [] : [`${idBytes} <= ?`]),
  ];
  return { condition: parts.join(' AND '), values: [after, to].filter((bound) => bound !== null) };
}

function pageSql(plan: MariadbPlan, condition: string, limit: number): string {
  const order = `${plan.at}, ${orderSql(plan)}`;
  return `SELECT ${plan.selectList} FROM ${plan.relation} AS t WHERE ${condition} ORDER BY ${order} LIMIT ${limit}`;
}

/** After a place; spelled out, since MariaDB uses no index for a comparison of rows. */
function afterSql(plan: MariadbPlan): string {
  return `(${plan.at} > ? OR (${plan.at} = ? AND ${orderSql(plan)} > ${orderParameter(plan)}))`;
}

/** The order of ids of one time: the column's own where it has no ties, so that an index serves; else their bytes. */
function orderSql({ id, idType, idBytes }: MariadbPlan): string {
  return idType.isUnique && keySql('?', idType) !== null ? id : idBytes;
}

function orderParameter({ idType }: MariadbPlan): string {
  return (idType.isUnique ? keySql('?', idType) : null) ?? '?';
}

/** Rows with their segment. A row equal to a bound comes before it, since ranges include their end. */
function inSegmentsSql(plan: MariadbPlan, condition: string): string {
  return `SELECT m.id, m.digest, SUM(m.is_bound) OVER (ORDER BY m.id ${BYTES}, m.is_bound ROWS UNBOUNDED PRECEDING) AS segment
    FROM (
      SELECT ${plan.idBytes} AS id, 0 AS is_bound, ${plan.digestSql} AS digest FROM ${plan.relation} AS t
      WHERE ${condition}
      UNION ALL
      SELECT b.bound, 1, NULL FROM JSON_TABLE(?, '$[*]' COLUMNS (bound ${SHORT_TEXT} PATH '$')) AS b
    ) AS m`;
}

function digestSegmentsSql(plan: MariadbPlan, condition: string): string {
  return `SELECT CAST(s.segment AS CHAR) AS segment, ${mariadbCombinedDigestSql('s.digest')}
    FROM (${inSegmentsSql(plan, condition)}) AS s WHERE s.digest IS NOT NULL GROUP BY s.segment`;
}

function findInSegmentsSql(plan: MariadbPlan, condition: string): string {
  return `SELECT s.id, s.digest FROM (${inSegmentsSql(plan, condition)}) AS s
    STRAIGHT_JOIN JSON_TABLE(?, '$[*]' COLUMNS (number BIGINT PATH '$')) AS w ON w.number = s.segment
    WHERE s.digest IS NOT NULL`;
}
