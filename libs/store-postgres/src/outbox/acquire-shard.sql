-- Takes a free or expired shard, or renews the owner's own; epoch rises with every change of owner.
-- Locks: the shard's row, so that two takers wait for each other. Times are the server's.
INSERT INTO outbox_shard AS s (shard, owner, epoch, expires_at)
VALUES ($1, $2, 1, clock_timestamp() + $3::int * interval '1 millisecond')
ON CONFLICT (shard) DO UPDATE SET
  owner = excluded.owner,
  epoch = s.epoch + CASE WHEN s.owner = excluded.owner THEN 0 ELSE 1 END,
  expires_at = clock_timestamp() + $3::int * interval '1 millisecond'
WHERE s.owner = excluded.owner OR s.expires_at <= clock_timestamp()
RETURNING epoch
