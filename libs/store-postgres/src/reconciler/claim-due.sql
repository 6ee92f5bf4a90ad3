-- Leases the round that is due longest. SKIP LOCKED: two drivers at once take two rounds, never one.
UPDATE round SET
  lease_owner = $1,
  leased_until = clock_timestamp() + $2::int * interval '1 millisecond'
WHERE id = (
  SELECT id FROM round
  WHERE step IS NOT NULL AND due_at <= clock_timestamp() AND leased_until <= clock_timestamp()
  ORDER BY due_at
  LIMIT 1
  FOR UPDATE SKIP LOCKED
)
RETURNING *
