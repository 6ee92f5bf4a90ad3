-- Locks mirror rows by external id, key or id, in id order (two callers never wait for each other in a circle).
-- `moved`: the transaction that last moved the row is not visible in the ticket's snapshot, so the caller's read may be stale.
SELECT id, entity, external_id, key, observation, contribution, intent, stored_forms, golden,
  attempts, retry_at_ms, written_version, undone, undone_since_ms, parked,
  $5::text IS NOT NULL AND NOT pg_visible_in_snapshot(moved_by, $5::pg_snapshot) AS moved,
  coalesce(lease_until > clock_timestamp() AND lease_owner <> $6, false) AS leased
FROM mirror
WHERE entity = $1 AND (external_id = ANY($2::text[]) OR key = ANY($3::text[]) OR id = ANY($4::bigint[]))
ORDER BY id
FOR UPDATE
