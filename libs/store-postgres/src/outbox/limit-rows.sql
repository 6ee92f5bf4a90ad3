-- Opens or shuts the outbox for writers: it is full while $2 rows wait, parked ones among them. $1 and $3: shards, and the
-- number of each above which rows are pending.
-- Numbers drawn since the oldest pending row are no fewer than the rows that wait: only where these are too many, rows are
-- counted, and no more than the limit. The row is written when it changes only: every append reads it.
-- Locks: the one row, when it changes.
WITH oldest AS (
  SELECT min(first.sequence) AS sequence FROM unnest($1::smallint[], $3::bigint[]) AS f (shard, above)
  CROSS JOIN LATERAL (
    SELECT sequence FROM outbox
    WHERE (shard, sequence) > (f.shard, f.above) AND (shard, sequence) < ((f.shard + 1)::smallint, 0)
    ORDER BY shard, sequence LIMIT 1
  ) AS first
), parked AS (
  SELECT count(*) AS rows FROM outbox_parked
), drawn AS (
  SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('outbox', 'sequence')::regclass), 0) - o.sequence + 1 AS rows
  FROM oldest o
), waiting AS (
  SELECT p.rows + CASE
    WHEN d.rows IS NULL THEN 0
    WHEN d.rows + p.rows < $2 THEN d.rows
    ELSE (SELECT count(*) FROM (SELECT FROM outbox LIMIT $2::bigint) AS counted)
  END AS rows
  FROM drawn d, parked p
), changed AS (
  UPDATE outbox_limit SET is_full = w.rows >= $2 FROM waiting w WHERE is_full <> (w.rows >= $2)
)
SELECT rows >= $2 AS is_full FROM waiting
