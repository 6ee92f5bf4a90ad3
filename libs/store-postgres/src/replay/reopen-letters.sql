-- Letters whose retry was parked again: open once more, where the new letter lies. Locks their rows.
UPDATE dead_letter d SET topic = n.topic, partition = n.partition, "offset" = n."offset", code = n.code, reason = n.reason,
  group_id = n.group_id, group_reason = n.group_reason, kind = n.kind, held_behind = n.held_behind, has_value = n.has_value,
  holds_key = d.holds_key OR n.holds_key,
  parked_at = to_timestamp(n.parked_ms / 1000.0), attempts = d.attempts + CASE d.state WHEN 'open' THEN 0 ELSE 1 END,
  state = 'open', edited = NULL
FROM jsonb_to_recordset($1::jsonb) AS n (retry_of bigint, topic text, partition int, "offset" bigint, consumer text, code text,
  reason text, group_id text, group_reason text, kind text, held_behind bigint, has_value boolean, holds_key boolean, parked_ms bigint)
WHERE d.id = n.retry_of AND d.consumer = n.consumer
RETURNING d.id
