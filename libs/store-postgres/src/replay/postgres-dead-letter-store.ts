import { HubError } from '#kernel';
import {
  groupIdOf,
  kindOfCode,
  normaliseReason,
  type DeadLetter,
  type DeadLetterChoice,
  type DeadLetterGroup,
  type DeadLetterStore,
  type LetterPage,
  type NewLetter,
  type OrderedLetter,
} from '#replay';
import type { Database, Sql } from '../database.js';
import { sqlFile } from '../sql-file.js';
import {
  GROUP_COLUMNS,
  LETTER_COLUMNS,
  toGroup,
  toLetter,
  toOrdered,
  type GroupRow,
  type LetterRow,
} from './dead-letter-rows.js';

const ADD = sqlFile(import.meta.dirname, 'add-letters.sql');
const REOPEN = sqlFile(import.meta.dirname, 'reopen-letters.sql');

const LOCK_POSITION = `
  INSERT INTO dead_letter_position AS p (topic, partition, next_offset) VALUES ($1, $2, 0)
  ON CONFLICT (topic, partition) DO UPDATE SET next_offset = p.next_offset RETURNING next_offset`;
const MOVE_POSITION = `
  UPDATE dead_letter_position SET next_offset = GREATEST(next_offset, $3) WHERE topic = $1 AND partition = $2`;
/** Open letters of a choice; its four parts are parameters 1 to 4, null where they don't matter. */
const CHOSEN = `state = 'open' AND ($1::bigint[] IS NULL OR id = ANY($1)) AND ($2::text IS NULL OR group_id = $2)
  AND ($3::text IS NULL OR consumer = $3) AND ($4::text IS NULL OR kind = $4)`;
const RELEASED = `
  UPDATE dead_letter SET state = 'retried' WHERE state = 'open' AND held_behind IS NOT NULL AND consumer = $1
    AND origin_topic = $2 AND key = $3 AND origin_offset < $4`;
const LEASE = `
  INSERT INTO dead_letter_sender AS s (owner, leased_until)
  VALUES ($1, clock_timestamp() + $2::int * interval '1 millisecond')
  ON CONFLICT (is_sender) DO UPDATE SET owner = excluded.owner, leased_until = excluded.leased_until
  WHERE s.owner = excluded.owner OR s.leased_until <= clock_timestamp() RETURNING owner`;

/** Dead letters in PostgreSQL. */
export class PostgresDeadLetterStore implements DeadLetterStore {
  constructor(private readonly database: Database) {}

  async positions(topic: string): Promise<ReadonlyMap<number, bigint>> {
    const rows = await this.database.query<{ readonly partition: number; readonly next_offset: string }>(
      'SELECT partition, next_offset FROM dead_letter_position WHERE topic = $1',
      [topic],
    );
    return new Map(rows.map(({ partition, next_offset: next }) => [partition, BigInt(next)]));
  }

  async addPage({ topic, partition, letters, released, nextOffset }: LetterPage): Promise<void> {
    await this.database.transaction(async (sql) => {
      const [row] = await sql.query<{ readonly next_offset: string }>(LOCK_POSITION, [topic, partition]);
      const position = BigInt(row?.next_offset ?? 0);
      await addLetters(
        sql,
        letters.filter(({ place }) => place.offset >= position),
      );
      for (const { consumer, topic: of, key, before } of released)
        await sql.query(RELEASED, [consumer, of, toText(key), String(before)]);
      await sql.query(MOVE_POSITION, [topic, partition, String(nextOffset)]);
    });
  }

  async groups(choice: DeadLetterChoice): Promise<readonly DeadLetterGroup[]> {
    const text = `SELECT ${GROUP_COLUMNS} FROM dead_letter WHERE ${CHOSEN} GROUP BY group_id ORDER BY letters DESC, group_id`;
    return (await this.database.query<GroupRow>(text, parametersOf(choice))).map(toGroup);
  }

  async list(choice: DeadLetterChoice, limit: number): Promise<readonly DeadLetter[]> {
    const text = `SELECT ${LETTER_COLUMNS} FROM dead_letter WHERE ${CHOSEN} ORDER BY id LIMIT $5`;
    return (await this.database.query<LetterRow>(text, [...parametersOf(choice), limit])).map(toLetter);
  }

  async find(id: string): Promise<DeadLetter | null> {
    if (!/^\d{1,18}$/.test(id)) return null;
    const text = `SELECT ${LETTER_COLUMNS} FROM dead_letter WHERE id = $1`;
    const [row] = await this.database.query<LetterRow>(text, [id]);
    return row ? toLetter(row) : null;
  }

  async count(choice: DeadLetterChoice): Promise<{ readonly letters: number; readonly held: number }> {
    const text = `SELECT count(*)::int AS letters, count(held_behind)::int AS held FROM dead_letter WHERE ${CHOSEN}`;
    const [row] = await this.database.query<{ letters: number; held: number }>(text, parametersOf(choice));
    return row ?? { letters: 0, held: 0 };
  }

  discard(
    choice: DeadLetterChoice,
    { reason, actor }: { readonly reason: string; readonly actor: string },
  ): Promise<number> {
    const text = `UPDATE dead_letter SET state = 'discarded', note = $5, decided_by = $6 WHERE ${CHOSEN}`;
    return this.database.execute(text, [...parametersOf(choice), reason, actor]);
  }

  orderRetry(choice: DeadLetterChoice, actor: string): Promise<number> {
    const text = `UPDATE dead_letter SET state = 'retrying', decided_by = $5 WHERE ${CHOSEN} AND held_behind IS NULL`;
    return this.database.execute(text, [...parametersOf(choice), actor]);
  }

  async orderEdited(id: string, value: Buffer, actor: string): Promise<boolean> {
    const text = `UPDATE dead_letter SET state = 'retrying', edited = $2, is_edited = true, decided_by = $3
      WHERE id = $1 AND state = 'open' AND held_behind IS NULL`;
    return (await this.database.execute(text, [id, value, actor])) > 0;
  }

  async annotate(id: string, note: string): Promise<boolean> {
    if (!/^\d{1,18}$/.test(id)) return false;
    return (await this.database.execute('UPDATE dead_letter SET note = $2 WHERE id = $1', [id, note])) > 0;
  }

  async lease(owner: string, leaseMs: number): Promise<boolean> {
    return (await this.database.query(LEASE, [owner, leaseMs])).length > 0;
  }

  async release(owner: string): Promise<void> {
    await this.database.execute('DELETE FROM dead_letter_sender WHERE owner = $1', [owner]);
  }

  async countOrdered(): Promise<number> {
    const text = `SELECT count(*)::int AS letters FROM dead_letter WHERE state = 'retrying' OR (state = 'discarded' AND holds_key)`;
    return (await this.database.query<{ readonly letters: number }>(text))[0]?.letters ?? 0;
  }

  async nextGivenUp(limit: number): Promise<readonly DeadLetter[]> {
    const text = `SELECT ${LETTER_COLUMNS} FROM dead_letter WHERE state = 'discarded' AND holds_key ORDER BY id LIMIT $1`;
    return (await this.database.query<LetterRow>(text, [limit])).map(toLetter);
  }

  async settleGivenUp(owner: string, ids: readonly string[]): Promise<void> {
    await this.asSender(owner, (sql) =>
      sql.query('UPDATE dead_letter SET holds_key = false WHERE id = ANY($1::bigint[])', [ids]),
    );
  }

  async nextOrdered(limit: number): Promise<readonly OrderedLetter[]> {
    const text = `SELECT ${LETTER_COLUMNS}, edited FROM dead_letter WHERE state = 'retrying'
      ORDER BY origin_topic, origin_partition, origin_offset LIMIT $1`;
    return (await this.database.query<LetterRow>(text, [limit])).map(toOrdered);
  }

  async settle(
    owner: string,
    { sent, gone }: { readonly sent: readonly string[]; readonly gone: readonly string[] },
  ): Promise<void> {
    await this.asSender(owner, async (sql) => {
      const update = `UPDATE dead_letter SET state = $2, edited = NULL, is_edited = is_edited AND $2 = 'retried'
        WHERE id = ANY($1::bigint[]) AND state = 'retrying'`;
      await sql.query(update, [sent, 'retried']);
      await sql.query(update, [gone, 'open']);
    });
  }

  private async asSender(owner: string, work: (sql: Sql) => Promise<unknown>): Promise<void> {
    await this.database.transaction(async (sql) => {
      const held = await sql.query('SELECT owner FROM dead_letter_sender WHERE owner = $1 FOR UPDATE', [owner]);
      if (held.length === 0) throw new HubError('HUB_LEASE_LOST', 'Another process sends dead letters.');
      await work(sql);
    });
  }
}

/** A retry that was parked again reopens its letter; one whose letter is not known any more is a new one. */
async function addLetters(sql: Sql, letters: readonly NewLetter[]): Promise<void> {
  const retries = lastOf(
    letters.filter(({ retryOf }) => retryOf !== null),
    ({ retryOf }) => String(retryOf),
  );
  const reopened = await sql.query<{ readonly id: string }>(REOPEN, [JSON.stringify(retries.map(toJson))]);
  const known = new Set(reopened.map(({ id }) => id));
  const added = lastOf(
    letters.filter(({ retryOf }) => retryOf === null || !known.has(retryOf)),
    ({ consumer, origin }) => JSON.stringify([consumer, origin.topic, origin.partition, String(origin.offset)]),
  );
  await sql.query(ADD, [JSON.stringify(added.map(toJson))]);
}

/** One statement can't write a row twice. */
function lastOf(letters: readonly NewLetter[], nameOf: (letter: NewLetter) => string): NewLetter[] {
  return [...new Map(letters.map((letter) => [nameOf(letter), letter])).values()];
}

/** PostgreSQL's text holds no NUL, which a key may have. */
function toText(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}

function toJson(letter: NewLetter): object {
  const { place, origin, consumer, key, code, reason, retryOf, heldBehind, hasValue, holdsKey, parkedAtMs } = letter;
  return {
    ...{
      topic: place.topic,
      partition: place.partition,
      offset: String(place.offset),
      consumer,
      code,
      kind: kindOfCode(code),
    },
    ...{ origin_topic: origin.topic, origin_partition: origin.partition, origin_offset: String(origin.offset) },
    ...{ key: toText(key), reason: toText(reason), group_id: groupIdOf(letter), holds_key: holdsKey },
    ...{ group_reason: toText(normaliseReason(reason)), retry_of: retryOf, has_value: hasValue },
    ...{ held_behind: heldBehind === null ? null : String(heldBehind), parked_ms: parkedAtMs },
  };
}

function parametersOf({ ids, groupId, consumer, kind }: DeadLetterChoice): unknown[] {
  const known = ids?.filter((id) => /^\d{1,18}$/.test(id)) ?? null;
  return [known, groupId ?? null, consumer ?? null, kind ?? null];
}
