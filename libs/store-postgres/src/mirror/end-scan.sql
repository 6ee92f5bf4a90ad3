-- $1 scan, $2 pages. Both sides come in byte order of ids from their indexes: one merge, however many rows.
WITH unseen AS (
  INSERT INTO scan_candidate (scan_id, external_id)
  SELECT s.id, m.external_id
  FROM scan AS s JOIN mirror AS m ON m.entity = s.entity AND m.live AND m.id <= s.last_row
  WHERE s.id = $1 AND m.external_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM scan_seen AS p WHERE p.scan_id = $1 AND p.external_id = m.external_id)
  ON CONFLICT DO NOTHING
)
UPDATE scan SET phase = 'ended', ended_at = clock_timestamp()
WHERE id = $1 AND pages = $2 AND phase = 'read'
RETURNING *, (extract(epoch FROM began_at) * 1000)::float8 AS began_ms
