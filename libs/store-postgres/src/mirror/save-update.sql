-- Updates mirror rows that the caller has locked (lockRows, lockDue, leaseRereads).
-- A JSON part or `differs` that is '=' stays as it is. lease_owner: null keeps; '' releases; '-' releases and says that the second read is done,
-- unless another one was asked for since it began. A golden version that is new in written_version is a write that has landed, by $24.
-- Of writes that ended ($25) a row keeps the last ten.
UPDATE mirror m SET
  external_id = t.external_id, key = t.key, live = t.live, digest = t.digest,
  version = t.version,
  observation = CASE t.observation WHEN '=' THEN m.observation ELSE t.observation END,
  contribution = CASE t.contribution WHEN '=' THEN m.contribution ELSE t.contribution END,
  intent = CASE t.intent WHEN '=' THEN m.intent ELSE t.intent END,
  stored_forms = CASE t.stored_forms WHEN '=' THEN m.stored_forms ELSE t.stored_forms END,
  golden = CASE t.golden WHEN '=' THEN m.golden ELSE t.golden END,
  differs = CASE t.differs WHEN '=' THEN m.differs ELSE string_to_array(t.differs, ',') END, attempts = t.attempts, retry_at_ms = t.retry_at_ms,
  written_at = CASE WHEN t.written_version IS DISTINCT FROM m.written_version AND t.written_version IS NOT NULL
    THEN clock_timestamp() ELSE m.written_at END,
  written_by = CASE WHEN t.written_version IS DISTINCT FROM m.written_version AND t.written_version IS NOT NULL
    THEN $24 ELSE m.written_by END,
  ended_writes = CASE WHEN t.ended IS NULL THEN m.ended_writes
    ELSE (m.ended_writes || (t.ended || ' ' || (extract(epoch FROM clock_timestamp()) * 1000)::bigint))[greatest(1, cardinality(m.ended_writes) - 8):] END,
  written_version = t.written_version, undone = t.undone, undone_since_ms = t.undone_since_ms, parked = t.parked,
  bulk = coalesce(t.bulk, m.bulk),
  lease_owner = CASE WHEN t.lease_owner IS NULL THEN m.lease_owner WHEN t.lease_owner IN ('', '-') THEN NULL ELSE t.lease_owner END,
  lease_until = CASE WHEN t.lease_owner IS NULL THEN m.lease_until
    WHEN t.lease_owner IN ('', '-') THEN NULL
    ELSE clock_timestamp() + t.lease_ms * interval '1 millisecond' END,
  rereads_asked = CASE WHEN t.lease_owner = '-' AND m.rereads_asked = m.rereads_begun THEN 0 ELSE m.rereads_asked END,
  moved_by = CASE WHEN t.moves THEN pg_current_xact_id() ELSE m.moved_by END
FROM unnest($1::text[], $2::text[], $3::text[], $4::bool[], $5::text[],
  string_to_array($6, E'\x1e', E'\x1f'), string_to_array($7, E'\x1e', E'\x1f'), string_to_array($8, E'\x1e', E'\x1f'),
  string_to_array($9, E'\x1e', E'\x1f'), string_to_array($10, E'\x1e', E'\x1f'),
  $11::text[], $12::int[], $13::bigint[], $14::bigint[], $15::int[], $16::bigint[], $17::text[], $18::bool[],
  $19::bool[], $20::text[], $21::int[], $22::text[], $23::bigint[], $25::text[])
  AS t(entity, external_id, key, live, digest, observation, contribution, intent, stored_forms, golden, differs, attempts,
    retry_at_ms, written_version, undone, undone_since_ms, parked, bulk, moves, lease_owner, lease_ms, version, id, ended)
WHERE m.id = t.id
