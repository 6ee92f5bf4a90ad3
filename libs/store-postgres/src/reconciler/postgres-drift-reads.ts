import type { OpenDrift, RoundReport } from '#contracts';
import type { Instant } from '#kernel';
import {
  toConfirmedEqual,
  type Converged,
  type DriftGroup,
  type DriftReads,
  type DriftSelection,
  type DriftTotals,
  type StorePopulation,
  type StoreScan,
} from '#reconciliation';
import type { Database } from '../database.js';
import { sqlFile } from '../sql-file.js';
import { instantSql, toReport, type ReportRow, type RoundRow } from './round-rows.js';

const FIND_STORES = sqlFile(import.meta.dirname, 'find-stores.sql');
const FIND_GROUPS = sqlFile(import.meta.dirname, 'find-drift-groups.sql');
const FIND_TOTALS = sqlFile(import.meta.dirname, 'find-totals.sql');
const SELECTED = `
  r.started_at >= $1::timestamptz AND ($2::text IS NULL OR r.system = $2) AND ($3::text IS NULL OR r.entity = $3)
  AND ($4::text IS NULL OR r.id = $4)`;
const FIND_ROUNDS = `
  SELECT r.*, ${instantSql('started_at')} AS started, ${instantSql('ended_at')} AS ended,
    (count(*) OVER ())::int AS total
  FROM round r WHERE ${SELECTED} ORDER BY r.number DESC LIMIT $5`;
/** Drift of one scan was found and proved gone at the same moments: few rows. */
const FIND_CONVERGED = `
  SELECT r.system, r.entity, (extract(epoch FROM d.fixed_at - d.since) * 1000)::float8 AS ms, count(*)::int AS count
  FROM drift_item d JOIN round r ON r.id = d.round_id
  WHERE d.fixed_at >= $1::timestamptz AND ($2::text IS NULL OR r.system = $2) AND ($3::text IS NULL OR r.entity = $3)
    AND ($4::text IS NULL OR r.id = $4)
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;
const FIND_POPULATIONS = `
  SELECT r.system, r.entity, r.population FROM round r
  WHERE ${SELECTED} AND r.population IS NOT NULL ORDER BY r.number DESC LIMIT 500`;

interface StoreRow extends RoundRow {
  readonly started: Instant;
  readonly known: number;
  readonly unequal: number;
  readonly absent: number;
  readonly open: readonly OpenDrift[];
  readonly unlisted: number;
}

/** Drift in the reconciler's own schema, for reports and metrics. */
export class PostgresDriftReads implements DriftReads {
  constructor(private readonly database: Database) {}

  async findStores({ system, entity }: DriftSelection): Promise<StoreScan[]> {
    const rows = await this.database.query<StoreRow>(FIND_STORES, [system, entity]);
    return rows.map((row) => ({
      ...{ system: row.system, entity: row.entity, roundId: row.id, startedAt: row.started },
      ...{ confirmed: toConfirmedEqual(row, row, row.started), open: row.open, unlisted: row.unlisted },
    }));
  }

  findConverged(selection: DriftSelection): Promise<Converged[]> {
    return this.database.query<Converged>(FIND_CONVERGED, valuesOf(selection));
  }

  async findRounds(
    selection: DriftSelection,
    limit: number,
  ): Promise<{ readonly rounds: RoundReport[]; readonly of: number }> {
    const values = [...valuesOf(selection), limit];
    const rows = await this.database.query<ReportRow & { readonly total: number }>(FIND_ROUNDS, values);
    return { rounds: rows.map(toReport), of: rows[0]?.total ?? 0 };
  }

  findGroups(selection: DriftSelection): Promise<DriftGroup[]> {
    return this.database.query<DriftGroup>(FIND_GROUPS, valuesOf(selection));
  }

  findPopulations(selection: DriftSelection): Promise<StorePopulation[]> {
    return this.database.query<StorePopulation>(FIND_POPULATIONS, valuesOf(selection));
  }

  async findTotals(
    selection: DriftSelection,
  ): Promise<{ readonly newest: DriftTotals[]; readonly earlier: DriftTotals[] }> {
    type Row = DriftTotals & { readonly part: 'newest' | 'earlier' };
    const rows = await this.database.query<Row>(FIND_TOTALS, valuesOf(selection));
    const of = (wanted: Row['part']): DriftTotals[] =>
      rows.filter(({ part }) => part === wanted).map(({ part: _part, ...totals }) => totals);
    return { newest: of('newest'), earlier: of('earlier') };
  }
}

function valuesOf({ since, system, entity, roundId }: DriftSelection): (string | null)[] {
  return [since, system, entity, roundId];
}
