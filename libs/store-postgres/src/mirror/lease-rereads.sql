-- Rows queued to be read again, and rows whose intent is open with an unknown outcome; leased so that writers stay away.
WITH chosen AS (
  SELECT id FROM mirror
  WHERE entity = $1 AND (rereads_asked > 0 OR intent IS NOT NULL) AND retry_at_ms <= $5
    AND (lease_until IS NULL OR lease_until < clock_timestamp())
  ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE mirror m SET rereads_begun = rereads_asked, lease_owner = $3, lease_until = clock_timestamp() + $4 * interval '1 millisecond'
FROM chosen WHERE m.id = chosen.id
RETURNING m.id, entity, external_id, key, observation, contribution, intent, stored_forms, golden,
  attempts, retry_at_ms, written_version, undone, undone_since_ms, parked, false AS moved, false AS leased
