-- The records that a revert is about, each with the versions that its selection names. Reads all versions of the entity once;
-- takes no lock but on the rows it inserts.
-- $1 revert, $2 entity, $3 key, $4 only its current version, $5 system, $6 batch, $7 since, $8 until, $9 partition, $10 first
-- and $11 last offset, $12 round
INSERT INTO revert_item (revert_id, key, selected)
SELECT $1::text, found.key, coalesce(array_agg(found.version ORDER BY found.version) FILTER (WHERE found.version > 0), '{}')
FROM (
  SELECT v.key, v.version FROM (
    SELECT key, version, changed_at, cause::json AS cause, true AS current FROM golden WHERE entity = $2::text AND version > 0
    UNION ALL
    SELECT key, version, changed_at, cause::json, false FROM golden_history WHERE entity = $2::text
  ) AS v
  WHERE ($3::text IS NULL OR v.key = $3)
    AND (v.current OR NOT $4::boolean)
    AND ($5::text IS NULL OR v.cause ->> 0 = $5)
    AND ($6::text IS NULL OR v.cause ->> 1 = $6 OR right(v.cause ->> 1, length($6) + 1) = '/' || $6)
    AND ($7::timestamptz IS NULL OR v.changed_at >= $7)
    AND ($8::timestamptz IS NULL OR v.changed_at <= $8)
    AND ($9::integer IS NULL OR ((v.cause ->> 2)::integer = $9 AND (v.cause ->> 3)::bigint BETWEEN $10::bigint AND $11::bigint))
    AND ($12::text IS NULL OR v.cause ->> 1 = $12)
  UNION ALL
  SELECT r.key, 0 FROM repair AS r WHERE r.entity = $2::text AND r.round_id = $12
) AS found
GROUP BY found.key
