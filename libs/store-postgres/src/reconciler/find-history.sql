-- Distinct records that unattended rounds repaired in the last 24 hours, besides those of the round under judgement;
-- and the last round that ended, if it was rejected.
SELECT
  count(DISTINCT d.external_id) FILTER (WHERE d.kind = 'changed') AS changed,
  count(DISTINCT d.external_id) FILTER (WHERE d.kind = 'missing') AS missing,
  (
    SELECT CASE WHEN last.state = 'rejected' THEN json_build_object('digest', last.digest, 'round', last.id) END
    FROM round last
    WHERE last.system = $1 AND last.entity = $2 AND last.ended_at IS NOT NULL
    ORDER BY last.number DESC
    LIMIT 1
  ) AS rejected
FROM round r
JOIN drift_item d ON d.round_id = r.id
WHERE r.system = $1 AND r.entity = $2 AND r.approved_by IS NULL
  AND r.repaired_at > clock_timestamp() - interval '24 hours'
  AND NOT d.external_id = ANY ($3::text[])
