-- The last complete scan of each store, with what of its drift is open by class and outcome. Takes no lock; reads the newest
-- rounds by round_newest, and the items of one round of each store.
SELECT r.*, r.started,
  coalesce(open.groups, '[]') AS open,
  greatest(0, r.changed + r.missing + r."foreign" + r.undecided - coalesce(open.listed, 0)
    - greatest(0, r.fixed - coalesce(open.fixed, 0)))::int AS unlisted
FROM (
  SELECT DISTINCT ON (system, entity) *, to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS started
  FROM round
  WHERE known IS NOT NULL AND ($1::text IS NULL OR system = $1) AND ($2::text IS NULL OR entity = $2)
  ORDER BY system, entity, number DESC
) r
LEFT JOIN LATERAL (
  SELECT sum(count)::int AS listed, sum(count) FILTER (WHERE outcome = 'fixed')::int AS fixed,
    json_agg(json_build_object('kind', kind, 'outcome', outcome, 'count', count, 'oldestAt', oldest) ORDER BY kind, outcome)
      FILTER (WHERE outcome <> 'fixed') AS groups
  FROM (
    SELECT kind, outcome, count(*)::int AS count,
      to_char(min(since) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS oldest
    FROM drift_item WHERE round_id = r.id GROUP BY kind, outcome
  ) by_outcome
) open ON true
ORDER BY r.system, r.entity
