-- Due rows, live before bulk; rows that another writer or reader holds are skipped, not waited for.
SELECT id, entity, external_id, key, observation, contribution, intent, stored_forms, golden,
  attempts, retry_at_ms, written_version, undone, undone_since_ms, parked, false AS moved, false AS leased
FROM mirror
WHERE entity = $1 AND differs <> '{}' AND intent IS NULL AND parked IS NULL AND retry_at_ms <= $3
  AND ($4 OR NOT bulk)
  AND (lease_until IS NULL OR lease_until < clock_timestamp())
ORDER BY bulk, id
LIMIT $2
FOR UPDATE SKIP LOCKED
