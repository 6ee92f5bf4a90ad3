import { combinedDigestSql, packedDigestsSql, packedKeyDigestsSql } from '#canonical';
import type { MirrorKeyRange } from '#mirror';

/** `$1` entity, `$2` and `$3` where ranges begin (exclusive) and end (inclusive). Column `packed`: one digest per range, in their order. */
export function digestRangesSql(ranges: readonly MirrorKeyRange[]): string {
  return `SELECT ${packedDigestsSql('d', 'r.place')} AS packed
    FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS r(lower, upper, place)
    CROSS JOIN LATERAL (SELECT ${combinedDigestSql('f.digest')} FROM (${probesSql(ranges, 'm.digest')}) AS f) AS d`;
}

/** Parameters as above. Column `packed`: external ids and digests of the live rows of the ranges. */
export function findKeyDigestsSql(ranges: readonly MirrorKeyRange[]): string {
  return `SELECT ${packedKeyDigestsSql('f.external_id', 'f.digest')} AS packed FROM unnest($2::text[], $3::text[]) AS r(lower, upper)
    CROSS JOIN LATERAL (${probesSql(ranges, 'm.external_id, m.digest')}) AS f`;
}

/** Parameters of both. */
export function rangeValues(entity: string, ranges: readonly MirrorKeyRange[]): unknown[] {
  return [entity, ranges.map(({ from }) => from), ranges.map(({ to }) => to)];
}

/**
 * One probe of an index per range. A branch for each kind of range that is asked for, exclusive of each other: an `OR` over
 * an open end would make every probe read all that lies beyond.
 */
function probesSql(ranges: readonly MirrorKeyRange[], columns: string): string {
  const kinds = new Set(ranges.map(({ from, to }) => `${from === null ? '' : 'lower'} ${to === null ? '' : 'upper'}`));
  const branches = [...kinds].map((kind) => {
    const lower = kind.includes('lower')
      ? 'r.lower IS NOT NULL AND m.external_id > r.lower COLLATE "C"'
      : 'r.lower IS NULL';
    const upper = kind.includes('upper')
      ? 'r.upper IS NOT NULL AND m.external_id <= r.upper COLLATE "C"'
      : 'r.upper IS NULL';
    return `SELECT ${columns} FROM mirror AS m
      WHERE m.entity = $1 AND m.live AND m.external_id IS NOT NULL AND ${lower} AND ${upper}`;
  });
  return branches.join(' UNION ALL ');
}
