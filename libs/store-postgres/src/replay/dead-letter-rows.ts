import type { Instant } from '#kernel';
import type { DeadLetter, DeadLetterGroup, DeadLetterKind, DeadLetterState, OrderedLetter } from '#replay';
import { instantSql } from '../golden/golden-rows.js';

export interface LetterRow {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly consumer: string;
  readonly origin_topic: string;
  readonly origin_partition: number;
  readonly origin_offset: string;
  readonly key: string;
  readonly code: string;
  readonly reason: string;
  readonly group_id: string;
  readonly kind: DeadLetterKind;
  readonly held_behind: string | null;
  readonly has_value: boolean;
  readonly holds_key: boolean;
  readonly attempts: number;
  readonly state: DeadLetterState;
  readonly note: string | null;
  readonly decided_by: string | null;
  readonly is_edited: boolean;
  readonly parked: Instant;
  readonly edited?: Buffer | null;
}

export interface GroupRow extends Omit<DeadLetterGroup, 'groupId' | 'firstAt' | 'lastAt'> {
  readonly group_id: string;
  readonly first: Instant;
  readonly last: Instant;
}

/** Everything of a letter but a value. */
export const LETTER_COLUMNS = `id, topic, partition, "offset", consumer, origin_topic, origin_partition, origin_offset, key, code,
  reason, group_id, kind, held_behind, has_value, holds_key, attempts, state, note, decided_by, is_edited,
  ${instantSql('parked_at')} AS parked`;

/** Of letters grouped by `group_id`: what they have in common is the same in each. */
export const GROUP_COLUMNS = `group_id, min(consumer) AS consumer, array_agg(DISTINCT origin_topic::text ORDER BY origin_topic::text) AS topics,
  min(code) AS code, min(group_reason) AS reason, min(kind) AS kind, count(*)::int AS letters, count(held_behind)::int AS held,
  ${instantSql('min(parked_at)')} AS first, ${instantSql('max(parked_at)')} AS last`;

export function toLetter(row: LetterRow): DeadLetter {
  const { id, consumer, key, code, reason, kind, attempts, state, note } = row;
  return {
    ...{ id, consumer, key, code, reason, kind, attempts, state, note },
    place: { topic: row.topic, partition: row.partition, offset: BigInt(row.offset) },
    origin: { topic: row.origin_topic, partition: row.origin_partition, offset: BigInt(row.origin_offset) },
    groupId: row.group_id,
    heldBehind: row.held_behind === null ? null : BigInt(row.held_behind),
    hasValue: row.has_value,
    holdsKey: row.holds_key,
    decidedBy: row.decided_by,
    isEdited: row.is_edited,
    parkedAt: row.parked,
  };
}

export function toOrdered(row: LetterRow): OrderedLetter {
  return { ...toLetter(row), edited: row.edited ?? null };
}

export function toGroup({ group_id: groupId, first: firstAt, last: lastAt, ...row }: GroupRow): DeadLetterGroup {
  return { ...row, groupId, firstAt, lastAt };
}
