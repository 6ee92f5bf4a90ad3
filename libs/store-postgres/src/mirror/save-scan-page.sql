-- $1 scan, $2 ids that were read, $3 ids that could not be mapped, $4 candidates, $5 next cursor, $6 total, $7 pages before.
-- Locks the scan's row last; a statement that finds it elsewhere returns no row and is rolled back.
WITH readable AS (
  INSERT INTO scan_seen (scan_id, external_id) SELECT DISTINCT $1::bigint, id FROM unnest($2::text[]) AS id
  ON CONFLICT DO NOTHING RETURNING external_id
), unreadable AS (
  INSERT INTO scan_seen (scan_id, external_id)
  SELECT DISTINCT $1::bigint, id FROM unnest($3::text[]) AS id WHERE id <> ALL ($2::text[])
  ON CONFLICT DO NOTHING RETURNING external_id
), kept AS (
  INSERT INTO scan_candidate (scan_id, external_id) SELECT DISTINCT $1::bigint, id FROM unnest($4::text[]) AS id
  ON CONFLICT DO NOTHING
)
UPDATE scan SET
  cursor = $5,
  phase = CASE WHEN $5::text IS NULL THEN 'read' ELSE 'reading' END,
  pages = pages + 1,
  scanned = scanned + (SELECT count(*) FROM readable)::int,
  total = coalesce($6::int, total),
  idle = CASE WHEN EXISTS (SELECT FROM readable) OR EXISTS (SELECT FROM unreadable) THEN 0 ELSE idle + 1 END
WHERE id = $1 AND pages = $7 AND phase = 'reading'
RETURNING *, (extract(epoch FROM began_at) * 1000)::float8 AS began_ms
