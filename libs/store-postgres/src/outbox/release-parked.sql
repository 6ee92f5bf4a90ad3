-- Moves the rows of the keys whose release was asked for back into the outbox, with their numbers, if the lease still holds;
-- says whether it does, and which keys. Below them is nothing of their keys, above them what was appended since.
-- Locks: the shard's row first, as in mark-sent.sql; then the keys and the rows.
WITH lease AS (
  SELECT 1 FROM outbox_shard WHERE shard = $1 AND owner = $2 AND epoch = $3 FOR UPDATE
), keys AS (
  DELETE FROM outbox_parked_key WHERE shard = $1 AND is_released AND EXISTS (SELECT 1 FROM lease) RETURNING key
), moved AS (
  DELETE FROM outbox_parked p USING keys WHERE p.shard = $1 AND p.key = keys.key
  RETURNING p.sequence, p.shard, p.topics, p.key, p.value, p.headers, p.created_at
), pending AS (
  INSERT INTO outbox (sequence, shard, topics, key, value, headers, created_at) OVERRIDING SYSTEM VALUE
  SELECT * FROM moved
)
SELECT EXISTS (SELECT 1 FROM lease) AS held, array(SELECT key FROM keys) AS keys
