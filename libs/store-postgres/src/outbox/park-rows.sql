-- Moves rows that no broker takes, and those held behind them, out of the outbox, if the lease still holds; says whether it
-- does, and how many it moved. $4 are the rows, $5 and $6 the lowest and the highest (as in mark-sent.sql), $7 and $8 the
-- code and the reason of each, null for one that is held.
-- Locks: the shard's row first, as in mark-sent.sql; then the rows.
WITH lease AS (
  SELECT 1 FROM outbox_shard WHERE shard = $1 AND owner = $2 AND epoch = $3 FOR UPDATE
), moved AS (
  DELETE FROM outbox
  WHERE shard = $1 AND sequence >= $5::bigint AND sequence <= $6::bigint
    AND sequence = ANY ($4::bigint[]) AND EXISTS (SELECT 1 FROM lease)
  RETURNING sequence, shard, topics, key, value, headers, created_at
), kept AS (
  INSERT INTO outbox_parked (sequence, shard, topics, key, value, headers, created_at) SELECT * FROM moved
), keys AS (
  INSERT INTO outbox_parked_key (shard, key, code, reason)
  SELECT DISTINCT ON (m.key) m.shard, m.key, coalesce(c.code, 'HUB_INVARIANT_BROKEN'), coalesce(c.reason, 'held')
  FROM moved m JOIN unnest($4::bigint[], $7::text[], $8::text[]) AS c (sequence, code, reason) USING (sequence)
  ORDER BY m.key, m.sequence
  ON CONFLICT (shard, key) DO NOTHING
)
SELECT EXISTS (SELECT 1 FROM lease) AS held, (SELECT count(*)::int FROM moved) AS moved
