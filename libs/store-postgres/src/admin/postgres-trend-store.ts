import type { TrendPoint } from '#contracts';
import type { Sql } from '../database.js';

interface PointRow {
  readonly point: TrendPoint;
}

const ADD = 'INSERT INTO trend_point (slot, point) VALUES ($1, $2::jsonb) ON CONFLICT (slot) DO NOTHING';
const FIND = 'SELECT point FROM trend_point WHERE slot >= $1 ORDER BY slot';
const UNTHINNED = 'SELECT point FROM trend_point WHERE NOT is_thinned AND slot < $1 ORDER BY slot';
/** Each row is touched by one of the three. Locks in no order: of two replicas that thin the same one may be refused, and does it later. */
const THIN = `
  WITH ended AS (DELETE FROM trend_point WHERE slot < $3),
    passed AS (DELETE FROM trend_point WHERE NOT is_thinned AND slot < $1 AND slot >= $3 AND NOT slot = ANY ($2::int[]))
  UPDATE trend_point SET is_thinned = true WHERE NOT is_thinned AND slot < $1 AND slot >= $3 AND slot = ANY ($2::int[])`;

/** Measurements of the hub for the charts of the admin page; one statement a call. */
export class PostgresTrendStore {
  constructor(private readonly database: Sql) {}

  /** Keeps a measurement, unless its slot has one. */
  async add(slot: number, point: TrendPoint): Promise<void> {
    await this.database.query(ADD, [slot, JSON.stringify(point)]);
  }

  /** Those before a slot that no thinning has passed, oldest first. */
  async findUnthinned(beforeSlot: number): Promise<TrendPoint[]> {
    return (await this.database.query<PointRow>(UNTHINNED, [beforeSlot])).map(({ point }) => point);
  }

  /** Of what is before a slot and unthinned only these slots stay; nothing stays of what is before `firstSlot`. */
  async thin(beforeSlot: number, keptSlots: readonly number[], firstSlot: number): Promise<void> {
    await this.database.query(THIN, [beforeSlot, keptSlots, firstSlot]);
  }

  /** Oldest first. */
  async find(fromSlot: number): Promise<TrendPoint[]> {
    return (await this.database.query<PointRow>(FIND, [fromSlot])).map(({ point }) => point);
  }
}
