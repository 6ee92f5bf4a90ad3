-- What counts against each rule of one (system, entity) between two times: passed, rejected, and waiting in collecting holds.
-- An open hold takes in all that counts against its rule, so it needs no count.
-- Locks nothing: the caller holds the window's advisory lock, under which all of it is written; only a person's decision is
-- not, and a hold that takes something in is locked and looked at again.
SELECT passed.rule, batch.observed_at, passed.n::bigint AS count, NULL AS waits_with
FROM guard_batch AS batch, jsonb_each_text(batch.released) AS passed (rule, n)
WHERE batch.system = $1 AND batch.entity = $2 AND batch.observed_at > $3 AND batch.observed_at < $4
UNION ALL
SELECT hold.rule, hold.observed_at, hold.count, NULL
FROM hold
WHERE hold.system = $1 AND hold.entity = $2 AND hold.state = 'rejected'
  AND hold.observed_at > $3 AND hold.observed_at < $4
UNION ALL
SELECT waiting.rule, waiting.observed_at, count(*), waiting.batch_id
FROM (
  SELECT unnest(held.rules) AS rule, (held.event ->> 'observedAt')::timestamptz AS observed_at, hold.batch_id
  FROM hold
  JOIN held ON held.hold_id = hold.id
  WHERE hold.system = $1 AND hold.entity = $2 AND hold.state = 'collecting'
) AS waiting
WHERE waiting.observed_at > $3 AND waiting.observed_at < $4
GROUP BY waiting.rule, waiting.observed_at, waiting.batch_id
