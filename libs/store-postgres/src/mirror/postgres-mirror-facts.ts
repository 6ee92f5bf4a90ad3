import type { Entity } from '#contracts';
import type { ExternalId } from '#kernel';
import type { MirrorFacts, RowFacts } from '#mirror';
import type { Database } from '../database.js';

/** The golden record is `[version, sequence, status, merged sequence, fields]`, parsed once a row; `$2` names the fields. */
const FACTS = `
  SELECT m.external_id, golden.record ->> 2 AS status, m.written_by,
    to_char(m.written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24') AS written_hour,
    ARRAY(
      SELECT left(golden.record -> 4 ->> category.name, 100)
      FROM unnest($2::text[]) WITH ORDINALITY AS category (name, place) ORDER BY category.place
    ) AS values
  FROM mirror m CROSS JOIN LATERAL (SELECT m.golden::jsonb AS record OFFSET 0) golden
  WHERE m.entity = $1 AND m.golden IS NOT NULL`;
const FIND = `${FACTS} AND m.external_id = ANY($3::text[])`;
const FIND_ALL = `${FACTS} AND m.live`;
const FIND_SAMPLE = `${FIND_ALL} AND m.id = ANY($3::bigint[])`;
/** Each branch reads an index that holds only such rows; those named are few. */
const COUNT_UNEQUAL = `
  SELECT count(*) FILTER (WHERE live)::int AS unequal, count(*) FILTER (WHERE NOT live)::int AS absent
  FROM mirror
  WHERE id IN (
    SELECT id FROM mirror WHERE entity = $1 AND differs <> '{}' AND intent IS NULL AND parked IS NULL
    UNION
    SELECT id FROM mirror WHERE entity = $1 AND intent IS NOT NULL
    UNION
    SELECT id FROM mirror WHERE entity = $1 AND parked IS NOT NULL
  ) AND differs <> '{}' AND NOT coalesce(external_id = ANY($2::text[]), false)`;
/** Rows of other entities and deleted ones make ids that find nothing: more are drawn, up to this many times the size. */
const MAX_DRAWS = 20;

interface FactsRecord {
  readonly external_id: ExternalId;
  readonly status: string;
  readonly written_by: string | null;
  readonly written_hour: string | null;
  readonly values: (string | null)[];
}

/** The mirror as attribution reads it. */
export class PostgresMirrorFacts implements MirrorFacts {
  constructor(private readonly database: Database) {}

  async findFacts(
    entity: Entity,
    categories: readonly string[],
    externalIds: readonly ExternalId[],
  ): Promise<ReadonlyMap<ExternalId, RowFacts>> {
    const rows = await this.database.query<FactsRecord>(FIND, [entity, categories, externalIds]);
    return new Map(rows.map((row) => [row.external_id, toFacts(row)]));
  }

  async sampleFacts(
    entity: Entity,
    categories: readonly string[],
    { live, size, random }: Parameters<MirrorFacts['sampleFacts']>[2],
  ): Promise<{ readonly facts: readonly RowFacts[]; readonly isSample: boolean }> {
    const isSample = live > size;
    const rows = isSample
      ? await this.database.query<FactsRecord>(FIND_SAMPLE, [entity, categories, await this.draw(live, size, random)])
      : await this.database.query<FactsRecord>(FIND_ALL, [entity, categories]);
    return { facts: rows.map(toFacts), isSample };
  }

  async countUnequal(
    entity: Entity,
    besides: readonly ExternalId[],
  ): Promise<{ readonly unequal: number; readonly absent: number }> {
    const [row] = await this.database.query<{ unequal: number; absent: number }>(COUNT_UNEQUAL, [entity, besides]);
    return { unequal: row?.unequal ?? 0, absent: row?.absent ?? 0 };
  }

  /** Ids at random, so many that about `size` of them are of live records. */
  private async draw(live: number, size: number, random: () => number): Promise<string[]> {
    const [ends] = await this.database.query<{ first: string | null; last: string | null }>(
      'SELECT min(id) AS first, max(id) AS last FROM mirror',
    );
    const first = Number(ends?.first ?? 0);
    const span = Number(ends?.last ?? 0) - first + 1;
    const draws = Math.min(Math.ceil((size * span) / live), MAX_DRAWS * size);
    return Array.from({ length: draws }, () => String(first + Math.floor(random() * span)));
  }
}

function toFacts({ status, values, written_by, written_hour }: FactsRecord): RowFacts {
  return { status, values, writtenBy: written_by, writtenHour: written_hour };
}
