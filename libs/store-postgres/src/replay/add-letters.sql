-- Adds letters that are parked for the first time, or once more by the same message; locks the rows that are there. Who is on
-- its way stays so: a letter that was written twice must not stop its retry.
INSERT INTO dead_letter AS d (topic, partition, "offset", consumer, origin_topic, origin_partition, origin_offset, key, code,
  reason, group_id, group_reason, kind, held_behind, has_value, holds_key, parked_at)
SELECT topic, partition, "offset", consumer, origin_topic, origin_partition, origin_offset, key, code, reason, group_id,
  group_reason, kind, held_behind, has_value, holds_key, to_timestamp(parked_ms / 1000.0)
FROM jsonb_to_recordset($1::jsonb) AS n (topic text, partition int, "offset" bigint, consumer text, origin_topic text,
  origin_partition int, origin_offset bigint, key text, code text, reason text, group_id text, group_reason text, kind text,
  held_behind bigint, has_value boolean, holds_key boolean, parked_ms bigint)
ORDER BY n.topic, n.partition, n."offset"
ON CONFLICT (consumer, origin_topic, origin_partition, origin_offset) DO UPDATE SET topic = excluded.topic,
  partition = excluded.partition, "offset" = excluded."offset", code = excluded.code, reason = excluded.reason,
  group_id = excluded.group_id, group_reason = excluded.group_reason, kind = excluded.kind,
  held_behind = excluded.held_behind, has_value = excluded.has_value, holds_key = excluded.holds_key, parked_at = excluded.parked_at,
  attempts = d.attempts + CASE WHEN d.state IN ('retried', 'discarded') THEN 1 ELSE 0 END,
  state = CASE d.state WHEN 'retrying' THEN 'retrying' ELSE 'open' END
