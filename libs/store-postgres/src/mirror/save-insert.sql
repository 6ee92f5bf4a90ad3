-- Inserts mirror rows. The caller holds the entity's insert lock (lockRows), so no key gets two rows.
INSERT INTO mirror (entity, external_id, key, live, digest, version, observation, contribution, intent, stored_forms, golden,
  differs, attempts, retry_at_ms, written_version, undone, undone_since_ms, parked, bulk, lease_owner, lease_until, moved_by)
SELECT entity, external_id, key, live, digest, version, observation, contribution, intent, stored_forms, golden,
  string_to_array(differs, ','), attempts, retry_at_ms, written_version, undone, undone_since_ms, parked,
  coalesce(bulk, false), nullif(lease_owner, ''),
  CASE WHEN lease_ms > 0 THEN clock_timestamp() + lease_ms * interval '1 millisecond' END, pg_current_xact_id()
FROM unnest($1::text[], $2::text[], $3::text[], $4::bool[], $5::text[],
  string_to_array($6, E'\x1e', E'\x1f'), string_to_array($7, E'\x1e', E'\x1f'), string_to_array($8, E'\x1e', E'\x1f'),
  string_to_array($9, E'\x1e', E'\x1f'), string_to_array($10, E'\x1e', E'\x1f'),
  $11::text[], $12::int[], $13::bigint[], $14::bigint[], $15::int[], $16::bigint[], $17::text[], $18::bool[],
  $19::bool[], $20::text[], $21::int[], $22::text[])
  AS t(entity, external_id, key, live, digest, observation, contribution, intent, stored_forms, golden, differs, attempts,
    retry_at_ms, written_version, undone, undone_since_ms, parked, bulk, moves, lease_owner, lease_ms, version)
