import { combinedDigestSql, toCombinedDigest } from '#canonical';
import type { BusinessKey } from '#kernel';
import type { CheckSession, PartitionSides, SeedComparison, SeedDifference, SeedSide, SourceRecord } from '#replay';
import type { Sql } from '../database.js';
import type { SeedTable } from './seed-table.js';

interface SideRow {
  readonly count: string;
  readonly xor: string | null;
  readonly sum: string | null;
  readonly live: string;
}

interface PartitionRow extends SideRow {
  readonly partition: number;
}

type Verdict = SeedDifference | 'equal' | 'undecided';

/** A key that only moved has no digest. */
const CREATE_SOURCE = `
  CREATE TEMPORARY TABLE seed_check_source (key text COLLATE "C" PRIMARY KEY, sequence bigint NOT NULL DEFAULT -1,
    partition integer, live boolean, digest text, moved boolean NOT NULL DEFAULT false) ON COMMIT DROP`;
const ADD_SOURCE = `
  INSERT INTO seed_check_source AS s (key, partition, sequence, live, digest)
  SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::boolean[], $5::text[])
  ON CONFLICT (key) DO UPDATE SET partition = excluded.partition, sequence = excluded.sequence, live = excluded.live, digest = excluded.digest
    WHERE excluded.sequence > s.sequence`;
const ERASE_SOURCE = `
  UPDATE seed_check_source SET sequence = -1, live = NULL, digest = NULL WHERE key = ANY ($1::text[])`;
const ADD_MOVED = `
  INSERT INTO seed_check_source (key, moved) SELECT unnest($1::text[]), true
  ON CONFLICT (key) DO UPDATE SET moved = true`;

/** Both sides of every key, with the digest that the database computes of its own rows. */
const judgeSql = (table: SeedTable): string => `
  CREATE TEMPORARY TABLE seed_check_verdict ON COMMIT DROP AS
  SELECT *, CASE WHEN source = target THEN 'equal' WHEN moved THEN 'undecided' WHEN target IS NULL THEN 'missing'
      WHEN source IS NULL THEN 'extra' ELSE 'different' END AS verdict
  FROM (SELECT coalesce(s.key, t.key) COLLATE "C" AS key, s.partition, s.digest AS source, s.live AS source_live,
          t.digest AS target, t.live AS target_live, coalesce(s.moved, false) AS moved
        FROM seed_check_source s FULL JOIN
          (SELECT t.key, t.status = 'live' AS live, ${table.digestSql()} AS digest FROM ${table.rows} t) t
          ON s.key = t.key) AS pair
  WHERE source IS NOT NULL OR target IS NOT NULL`;

type Side = 'source' | 'target';

const sideSql = (side: Side): string => `
  SELECT ${combinedDigestSql(side)}, count(*) FILTER (WHERE ${side}_live) AS live
  FROM seed_check_verdict WHERE ${side} IS NOT NULL AND verdict <> 'undecided'`;

const partitionsSql = (side: Side): string => `
  SELECT partition, ${combinedDigestSql(side)}, count(*) FILTER (WHERE ${side}_live) AS live
  FROM seed_check_verdict WHERE ${side} IS NOT NULL AND source IS NOT NULL AND verdict <> 'undecided' GROUP BY partition`;

const COUNT = 'SELECT verdict, count(*) AS count FROM seed_check_verdict GROUP BY verdict';
const NAME = `
  SELECT key, verdict AS difference FROM seed_check_verdict WHERE verdict IN ('missing', 'extra', 'different')
  ORDER BY key LIMIT $1`;

/** Compares inside the target's database: temporary tables hold what the topic says, so that no process has to. */
export class PostgresCheckSession implements CheckSession {
  private constructor(
    private readonly sql: Sql,
    private readonly table: SeedTable,
    readonly positions: ReadonlyMap<number, bigint>,
  ) {}

  /** @param sql one REPEATABLE READ transaction, which this begins */
  static async open(sql: Sql, table: SeedTable): Promise<PostgresCheckSession> {
    const text = `SELECT partition, next_offset FROM ${table.positions}`;
    const rows = await sql.query<{ partition: number; next_offset: string }>(text);
    await sql.query(CREATE_SOURCE);
    return new PostgresCheckSession(
      sql,
      table,
      new Map(rows.map(({ partition, next_offset }) => [partition, BigInt(next_offset)])),
    );
  }

  async addSource(erased: readonly BusinessKey[], records: readonly SourceRecord[]): Promise<void> {
    if (erased.length > 0) await this.sql.query(ERASE_SOURCE, [erased]);
    if (records.length === 0) return;
    await this.sql.query(ADD_SOURCE, [
      records.map(({ key }) => key),
      records.map(({ partition }) => partition),
      records.map(({ sequence }) => sequence.toString()),
      records.map(({ isLive }) => isLive),
      records.map(({ digest }) => digest),
    ]);
  }

  async addMoved(keys: readonly BusinessKey[]): Promise<void> {
    await this.sql.query(ADD_MOVED, [keys]);
  }

  async compare(limit: number): Promise<SeedComparison> {
    await this.sql.query(judgeSql(this.table));
    const rows = await this.sql.query<{ verdict: Verdict; count: string }>(COUNT);
    const count = (verdict: Verdict): number => Number(rows.find((row) => row.verdict === verdict)?.count ?? 0);
    return {
      source: await this.side('source'),
      target: await this.side('target'),
      partitions: await this.partitions(),
      counts: { missing: count('missing'), extra: count('extra'), different: count('different') },
      keys: await this.sql.query<{ key: BusinessKey; difference: SeedDifference }>(NAME, [limit]),
      undecided: count('undecided'),
    };
  }

  private async side(side: Side): Promise<SeedSide> {
    const [row] = await this.sql.query<SideRow>(sideSql(side));
    return toSide(row);
  }

  /** What differs everywhere may leave nothing of one side in a partition. */
  private async partitions(): Promise<PartitionSides[]> {
    const source = await this.sql.query<PartitionRow>(`${partitionsSql('source')} ORDER BY partition`);
    const target = new Map(
      (await this.sql.query<PartitionRow>(partitionsSql('target'))).map((row) => [row.partition, row]),
    );
    return source.map((row) => ({
      partition: row.partition,
      source: toSide(row),
      target: toSide(target.get(row.partition)),
    }));
  }
}

function toSide(row: SideRow | undefined): SeedSide {
  const { count, xor, sum } = toCombinedDigest(row ?? { count: '0', xor: null, sum: null });
  return { records: count, live: Number(row?.live ?? 0), digest: xor + sum };
}
