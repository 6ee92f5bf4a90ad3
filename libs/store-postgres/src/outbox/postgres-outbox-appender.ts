import { HubError } from '#kernel';
import { assertFitsTopic, shardOf, type OutboxAppender, type OutboxMessage } from '#outbox';
import type { Sql } from '../database.js';
import { toDatabaseError } from '../database-errors.js';

/**
 * Sequences follow the order of the arrays: the identity is drawn above the sort. All values and headers travel as one
 * binary parameter that is cut here: an array of bytea would be sent as escaped hexadecimal digits. That the outbox is full
 * is an error of the statement: counting what it inserted would cost four times as much as asking.
 */
const INSERT = `
  INSERT INTO outbox (shard, topics, key, value, headers)
  SELECT CASE WHEN (SELECT is_full FROM outbox_limit) THEN outbox_full() ELSE shard END, topics, key,
    substring($4::bytea FROM start FOR length), substring($4::bytea FROM start + length FOR header_length)
  FROM unnest($1::smallint[], $2::text[], $3::text[], $5::int[], $6::int[], $7::int[])
    WITH ORDINALITY AS m (shard, topics, key, start, length, header_length, position)
  ORDER BY position`;

/** What outbox_full() raises. */
const FULL_STATE = 'PL001';

/** No name of a topic has one. */
export const TOPIC_SEPARATOR = ',';

/** Appends events in the transaction of `sql`; the caller already holds the locks that serialise the writers of each key. */
export class PostgresOutboxAppender implements OutboxAppender {
  constructor(
    private readonly sql: Sql,
    private readonly shards = 1,
  ) {}

  /**
   * One statement, whatever the number of messages.
   * @throws HubError HUB_PAYLOAD_TOO_LARGE before anything is written; HUB_OUTBOX_FULL while as many rows wait as the
   * relays' limit allows: nothing is written, the transaction is to be rolled back and tried again later
   */
  async append(messages: readonly OutboxMessage[]): Promise<void> {
    if (messages.length === 0) return;
    messages.forEach(assertFitsTopic);
    await this.insert([
      messages.map((message) => shardOf(message.key, this.shards)),
      messages.map((message) => message.topics.join(TOPIC_SEPARATOR)),
      messages.map((message) => message.key),
      Buffer.concat(messages.flatMap((message) => [message.value, message.headers])),
      startsOf(messages),
      messages.map((message) => message.value.length),
      messages.map((message) => message.headers.length),
    ]);
  }

  private async insert(values: readonly unknown[]): Promise<void> {
    try {
      await this.sql.query(INSERT, values);
    } catch (error) {
      if (toDatabaseError(error).details['sqlState'] !== FULL_STATE) throw error;
      throw new HubError('HUB_OUTBOX_FULL', 'Too many events wait for the broker.', {}, { cause: error });
    }
  }
}

/** First byte of each message in their concatenation, from 1 as SQL counts. */
function startsOf(messages: readonly OutboxMessage[]): number[] {
  let start = 1;
  return messages.map(({ value, headers }) => {
    const own = start;
    start += value.length + headers.length;
    return own;
  });
}
