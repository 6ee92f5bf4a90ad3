import { createHash } from 'node:crypto';
import { HubError } from '#kernel';
import { splitEventId, type IndexedRecord } from '#record-index';
import type { Sql } from '../database.js';

/** What many records say alike. */
interface Kind {
  readonly type: string | null;
  /** Null where the event id is kept whole. */
  readonly eventPrefix: string | null;
  readonly isTombstone: boolean;
}

/** A record's event as its row holds it. */
export interface EventColumns {
  readonly kind: Kind;
  readonly kindName: string;
  /** Behind the key, where the id is of the hub's form and names the record's key; else all of it. */
  readonly event: string | null;
}

/** Enough for a hub; anyone who may write to a topic can make up any number. */
const MOST_REMEMBERED = 10_000;

const ADD = `
  WITH made AS (SELECT nextval('indexed_kind_number')::integer AS id)
  INSERT INTO indexed_kind (id, digest, type, event_prefix, is_tombstone)
  SELECT CASE WHEN $3::bytea IS NULL THEN -made.id ELSE made.id END, $1, $2, $3, $4 FROM made
  ON CONFLICT (digest) DO NOTHING`;

/** How a record's event and type are kept. */
export function toEventColumns({ eventId, type, key, isTombstone }: IndexedRecord): EventColumns {
  const parts = eventId === null ? null : splitEventId(eventId);
  const isOwn = parts?.key === key;
  const kind = { type, eventPrefix: isOwn ? parts.prefix : null, isTombstone };
  return { kind, kindName: nameOf(kind), event: isOwn ? parts.place : eventId };
}

/** Numbers of kinds: each is stored once, and remembered. Numbers are never taken back, so they outlive a roll-back. */
export class IndexedKinds {
  private readonly numbers = new Map<string, number>();

  constructor(private readonly sql: Sql) {}

  /** The number of each kind, by its name. */
  async numbersOf(columns: readonly EventColumns[]): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for (const { kind, kindName } of columns)
      if (!found.has(kindName)) found.set(kindName, this.numbers.get(kindName) ?? (await this.add(kind, kindName)));
    return found;
  }

  private async add({ type, eventPrefix, isTombstone }: Kind, name: string): Promise<number> {
    const digest = createHash('sha256').update(name).digest();
    const number = 'SELECT id FROM indexed_kind WHERE digest = $1';
    let [row] = await this.sql.query<{ id: number }>(number, [digest]);
    if (!row) {
      await this.sql.query(ADD, [digest, toBytes(type), toBytes(eventPrefix), isTombstone]);
      [row] = await this.sql.query<{ id: number }>(number, [digest]);
    }
    if (!row) throw new HubError('HUB_INVARIANT_BROKEN', 'A kind that was just stored is not there.');
    const { id } = row;
    if (this.numbers.size >= MOST_REMEMBERED) this.numbers.clear();
    this.numbers.set(name, id);
    return id;
  }
}

/** Two kinds have one name when they are equal. */
function nameOf({ type, eventPrefix, isTombstone }: Kind): string {
  return `${isTombstone}${named(type)}${named(eventPrefix)}`;
}

/** With its length: no two pairs of texts look alike. */
function named(text: string | null): string {
  return text === null ? '-' : `${text.length}:${text}`;
}

/** A text as bytea. */
export function toBytes(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text, 'utf8');
}
