-- Removes rows that the broker acknowledged, if the lease still holds; says whether it does, and how many it removed.
-- $4 are the rows, $5 and $6 the lowest and the highest: bounds that the planner turns into a range of the primary key even
-- without statistics, when it would read the whole table for each page (40 ms instead of 3 for 100,000 rows).
-- Locks: the shard's row first, so that a taker waits and a zombie sees that its epoch is gone; then the rows. One
-- statement: no round trip lies between the check and the removal.
WITH lease AS (
  SELECT 1 FROM outbox_shard WHERE shard = $1 AND owner = $2 AND epoch = $3 FOR UPDATE
), removed AS (
  DELETE FROM outbox
  WHERE (shard, sequence) >= ($1::smallint, $5::bigint) AND (shard, sequence) <= ($1::smallint, $6::bigint)
    AND sequence = ANY ($4::bigint[]) AND EXISTS (SELECT 1 FROM lease)
  RETURNING 1
)
SELECT EXISTS (SELECT 1 FROM lease) AS held, (SELECT count(*)::int FROM removed) AS removed
