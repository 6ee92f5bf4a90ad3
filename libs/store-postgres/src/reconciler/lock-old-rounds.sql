-- Locks up to $2 rounds that ended more than $1 milliseconds ago. Never one that is under way (`discard` is its last step)
-- or held, nor the last one that ended of its system and entity: what a person rejected in it is not repaired again.
-- SKIP LOCKED: of two reconcilers each takes its own.
SELECT r.id FROM round r
WHERE r.ended_at < clock_timestamp() - $1::bigint * interval '1 millisecond' AND r.step IS NULL
  AND NOT EXISTS (SELECT FROM hold h WHERE h.id = r.id AND h.state = 'open')
  AND EXISTS (
    SELECT FROM round later
    WHERE later.system = r.system AND later.entity = r.entity AND later.number > r.number AND later.ended_at IS NOT NULL
  )
ORDER BY r.ended_at
LIMIT $2
FOR UPDATE OF r SKIP LOCKED
