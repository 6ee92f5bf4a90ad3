-- Updates mirror rows that the caller has locked (lockRows, lockDue, leaseRereads).
-- lease_owner: null keeps; '' releases; '-' releases and says that the queued second read is done.
UPDATE mirror m SET
  external_id = t.external_id, key = t.key, live = t.live, digest = t.digest, observation = t.observation,
  contribution = t.contribution, intent = t.intent, stored_forms = t.stored_forms, golden = t.golden,
  differs = string_to_array(t.differs, ','), attempts = t.attempts, retry_at_ms = t.retry_at_ms,
  written_version = t.written_version, undone = t.undone, undone_since_ms = t.undone_since_ms, parked = t.parked,
  bulk = coalesce(t.bulk, m.bulk),
  lease_owner = CASE WHEN t.lease_owner IS NULL THEN m.lease_owner WHEN t.lease_owner IN ('', '-') THEN NULL ELSE t.lease_owner END,
  lease_until = CASE WHEN t.lease_owner IS NULL THEN m.lease_until
    WHEN t.lease_owner IN ('', '-') THEN NULL
    ELSE clock_timestamp() + t.lease_ms * interval '1 millisecond' END,
  reread = m.reread AND t.lease_owner IS DISTINCT FROM '-',
  moved_by = CASE WHEN t.moves THEN pg_current_xact_id() ELSE m.moved_by END
FROM unnest($1::text[], $2::text[], $3::text[], $4::bool[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
  $10::text[], $11::text[], $12::int[], $13::bigint[], $14::bigint[], $15::int[], $16::bigint[], $17::text[], $18::bool[],
  $19::bool[], $20::text[], $21::int[], $22::bigint[])
  AS t(entity, external_id, key, live, digest, observation, contribution, intent, stored_forms, golden, differs, attempts,
    retry_at_ms, written_version, undone, undone_since_ms, parked, bulk, moves, lease_owner, lease_ms, id)
WHERE m.id = t.id
