import { HubError } from '#kernel';
import type { IndexedRecord } from './indexed-record.js';

/** A place in the order of the answers: by time, then by place in the topics; the newest first. */
export type RecordCursor = Pick<IndexedRecord, 'appendedAtMs' | 'topic' | 'partition' | 'offset'>;

/** What to search; all that is given must hold. */
export interface RecordQuery {
  /** A Kafka key, or the business key of a change event. */
  readonly key?: string;
  readonly eventId?: string;
  readonly traceId?: string;
  readonly type?: string;
  /** Appended at or after, and before; milliseconds since the epoch. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** Only what comes after this one in the order of the answers. */
  readonly after?: RecordCursor;
  readonly limit: number;
}

/** A record that was found. */
export interface RecordHit extends IndexedRecord {
  /** Whether the broker has removed it with the beginning of its partition. What compaction removed is not known here. */
  readonly isRemoved: boolean;
}

/** Below 0 when `a` is newer, and so comes first. Topic names are ASCII. */
export function compareNewestFirst(a: RecordCursor, b: RecordCursor): number {
  if (a.appendedAtMs !== b.appendedAtMs) return b.appendedAtMs - a.appendedAtMs;
  if (a.topic !== b.topic) return a.topic > b.topic ? -1 : 1;
  if (a.partition !== b.partition) return b.partition - a.partition;
  return a.offset === b.offset ? 0 : a.offset > b.offset ? -1 : 1;
}

/** A cursor as opaque text. */
export function encodeCursor({ appendedAtMs, topic, partition, offset }: RecordCursor): string {
  return Buffer.from(JSON.stringify([appendedAtMs, topic, partition, String(offset)])).toString('base64url');
}

/** @throws HubError HUB_REQUEST_INVALID for a text that {@link encodeCursor} did not make */
export function decodeCursor(text: string): RecordCursor {
  const parsed = parseJson(Buffer.from(text, 'base64url').toString('utf8'));
  if (Array.isArray(parsed) && parsed.length === 4) {
    const [appendedAtMs, topic, partition, offset] = parsed as readonly unknown[];
    if (Number.isSafeInteger(appendedAtMs) && typeof topic === 'string' && Number.isInteger(partition))
      if (typeof offset === 'string' && /^\d{1,18}$/.test(offset))
        return {
          appendedAtMs: appendedAtMs as number,
          topic,
          partition: partition as number,
          offset: BigInt(offset),
        };
  }
  throw new HubError('HUB_REQUEST_INVALID', 'after is no cursor of an earlier answer.');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // whatever it was, it is no cursor
  }
}
