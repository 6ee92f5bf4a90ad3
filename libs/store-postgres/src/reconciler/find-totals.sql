-- By store: counts of the newest complete scan in the window, and sums over the complete rounds before the window. No lock.
SELECT 'newest' AS part, * FROM (
  SELECT DISTINCT ON (system, entity) system, entity, scanned, changed, missing, "foreign", undecided
  FROM round
  WHERE known IS NOT NULL AND started_at >= $1::timestamptz AND ($4::text IS NULL OR id = $4)
    AND ($2::text IS NULL OR system = $2) AND ($3::text IS NULL OR entity = $3)
  ORDER BY system, entity, number DESC
) newest
UNION ALL
SELECT 'earlier', system, entity, sum(scanned)::float8, sum(changed)::int, sum(missing)::int, sum("foreign")::int,
  sum(undecided)::int
FROM round
WHERE known IS NOT NULL AND started_at < $1::timestamptz
  AND ($2::text IS NULL OR system = $2) AND ($3::text IS NULL OR entity = $3)
GROUP BY system, entity
ORDER BY part, system, entity
