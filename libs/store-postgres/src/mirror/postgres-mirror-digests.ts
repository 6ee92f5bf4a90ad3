import { toCombinedDigests, toKeyDigests } from '#canonical';
import type { Entity } from '#contracts';
import type { MirrorDigests, MirrorKeyDigest, MirrorKeyRange, MirrorRangeDigest, ReadTicket } from '#mirror';
import type { RangePlan, RangePlanStore } from '#reconciliation';
import type { Database } from '../database.js';
import { digestRangesSql, findKeyDigestsSql, rangeValues } from './digest-ranges.js';

/**
 * Rows that nothing moved since the ticket, so that the digest is that of what they hold. They are locked in id order, as
 * by everybody else who locks several, and judged once they are.
 */
const SAVE_DIGESTS = `
  WITH locked AS MATERIALIZED (
    SELECT m.id, t.digest FROM unnest($3::text[], $4::text[]) AS t(external_id, digest)
    JOIN mirror m ON m.entity = $1 AND m.external_id = t.external_id
    WHERE m.live AND m.digest IS DISTINCT FROM t.digest AND pg_visible_in_snapshot(m.moved_by, $2::pg_snapshot)
    ORDER BY m.id FOR UPDATE OF m)
  UPDATE mirror m SET digest = locked.digest,
    observation = jsonb_set(m.observation::jsonb, '{digest}', to_jsonb(locked.digest))::text
  FROM locked WHERE m.id = locked.id
  RETURNING m.id`;

interface PlanRecord {
  readonly digest_version: string;
  readonly boundaries: string[];
  readonly drift: number;
  readonly largest_range: string;
}

/** The mirror's digests as a scan by digests reads them, and how the last scan cut the ids. */
export class PostgresMirrorDigests implements MirrorDigests, RangePlanStore {
  constructor(private readonly database: Database) {}

  async digestRanges(entity: Entity, ranges: readonly MirrorKeyRange[]): Promise<MirrorRangeDigest[]> {
    if (ranges.length === 0) return [];
    const values = rangeValues(entity, ranges);
    const [row] = await this.database.query<{ packed: string | null }>(digestRangesSql(ranges), values);
    return toCombinedDigests(row?.packed ?? null);
  }

  async findKeyDigests(entity: Entity, ranges: readonly MirrorKeyRange[]): Promise<MirrorKeyDigest[]> {
    if (ranges.length === 0) return [];
    const values = rangeValues(entity, ranges);
    const [row] = await this.database.query<{ packed: string | null }>(findKeyDigestsSql(ranges), values);
    return toKeyDigests(row?.packed ?? null, null);
  }

  async saveDigests(entity: Entity, digests: readonly MirrorKeyDigest[], ticket: ReadTicket): Promise<number> {
    const values = [entity, ticket, digests.map(({ externalId }) => externalId), digests.map(({ digest }) => digest)];
    return (await this.database.query(SAVE_DIGESTS, values)).length;
  }

  async findPlan(entity: Entity): Promise<RangePlan | null> {
    const [row] = await this.database.query<PlanRecord>(
      'SELECT digest_version, boundaries, drift, largest_range FROM range_plan WHERE entity = $1',
      [entity],
    );
    if (!row) return null;
    const { digest_version: digestVersion, boundaries, drift, largest_range: largestRange } = row;
    return { digestVersion, boundaries, drift, largestRange: Number(largestRange) };
  }

  async savePlan(entity: Entity, plan: RangePlan): Promise<void> {
    const { digestVersion, boundaries, drift, largestRange } = plan;
    await this.database.query(
      `INSERT INTO range_plan (entity, digest_version, boundaries, drift, largest_range) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (entity) DO UPDATE SET digest_version = excluded.digest_version, boundaries = excluded.boundaries,
         drift = excluded.drift, largest_range = excluded.largest_range, at = clock_timestamp()`,
      [entity, digestVersion, boundaries, drift, largestRange],
    );
  }
}
