-- Records that drifted in the window, each once, as its newest round saw it; those that can not be told apart as one row.
-- Takes no lock; reads the rounds of the window by round_started and their items by their key.
SELECT system, entity, kind, fields, facts, count(*)::int AS count
FROM (
  SELECT DISTINCT ON (r.system, r.entity, d.external_id) r.system, r.entity, d.kind, d.fields, d.facts
  FROM round r JOIN drift_item d ON d.round_id = r.id
  WHERE r.started_at >= $1::timestamptz AND ($4::text IS NULL OR r.id = $4)
    AND ($2::text IS NULL OR r.system = $2) AND ($3::text IS NULL OR r.entity = $3)
  ORDER BY r.system, r.entity, d.external_id, r.number DESC
) newest
GROUP BY system, entity, kind, fields, facts
ORDER BY count(*) DESC, system, entity, kind
LIMIT 50000
