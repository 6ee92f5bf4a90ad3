-- Moves a round on, if it is still at the revision that the transition was computed from; ends the lease.
-- The row lock is held to the end of the transaction: it serialises the writers of this round's events.
UPDATE round SET
  repaired_at = CASE WHEN step = 'commit' AND $4 = 'verify' THEN clock_timestamp() ELSE repaired_at END,
  ended_at = CASE WHEN $24 THEN coalesce(ended_at, clock_timestamp()) END,
  due_at = clock_timestamp() + $23::int * interval '1 millisecond',
  lease_owner = NULL,
  leased_until = '-infinity',
  revision = $2,
  state = $3,
  step = $4,
  attempt = $5,
  checks = $6,
  digest = $7,
  approved_by = $8,
  hold_id = $9,
  scanned = $10,
  changed = $11,
  missing = $12,
  "foreign" = $13,
  undecided = $14,
  fixed = $15,
  unfixed = $16,
  fields = $17::jsonb,
  problem = $18
WHERE id = $1 AND system = $19 AND entity = $20 AND demanded = $21 AND revision = $22
RETURNING id
