-- Locks mirror rows by id, in id order, as lock-rows.sql does. Parts of a row that is still the version which the caller
-- remembers ($4: its id, $5: the transaction that stored it) are not sent.
SELECT m.id, r.id IS NOT NULL AS remembered, entity, external_id, key,
  CASE WHEN r.id IS NULL THEN observation END AS observation, CASE WHEN r.id IS NULL THEN contribution END AS contribution,
  CASE WHEN r.id IS NULL THEN intent END AS intent, CASE WHEN r.id IS NULL THEN stored_forms END AS stored_forms,
  CASE WHEN r.id IS NULL THEN golden END AS golden,
  attempts, retry_at_ms, written_version, undone, undone_since_ms, parked,
  $6::text IS NOT NULL AND NOT pg_visible_in_snapshot(moved_by, $6::pg_snapshot) AS moved,
  coalesce(lease_until > clock_timestamp() AND lease_owner <> $3, false) AS leased
FROM mirror m LEFT JOIN unnest($4::bigint[], $5::text[]) AS r(id, xid) ON r.id = m.id AND r.xid = m.xmin::text
WHERE m.entity = $1 AND m.id = ANY($2::bigint[])
ORDER BY m.id
FOR UPDATE OF m
