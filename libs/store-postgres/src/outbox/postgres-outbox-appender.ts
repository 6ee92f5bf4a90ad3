import { assertFitsTopic, shardOf, type OutboxAppender, type OutboxMessage } from '#outbox';
import type { Sql } from '../database.js';

/** Sequences follow the order of the arrays: the identity is drawn above the sort. */
const INSERT = `
  INSERT INTO outbox (shard, topic, key, value, headers)
  SELECT shard, topic, key, value, headers
  FROM unnest($1::smallint[], $2::text[], $3::text[], $4::bytea[], $5::jsonb[])
    WITH ORDINALITY AS m (shard, topic, key, value, headers, position)
  ORDER BY position`;

/** Appends events in the transaction of `sql`; the caller already holds the locks that serialise the writers of each key. */
export class PostgresOutboxAppender implements OutboxAppender {
  constructor(
    private readonly sql: Sql,
    private readonly shards = 1,
  ) {}

  /**
   * One statement, whatever the number of messages.
   * @throws HubError HUB_PAYLOAD_TOO_LARGE before anything is written
   */
  async append(messages: readonly OutboxMessage[]): Promise<void> {
    if (messages.length === 0) return;
    messages.forEach(assertFitsTopic);
    await this.sql.query(INSERT, [
      messages.map((message) => shardOf(message.key, this.shards)),
      messages.map((message) => message.topic),
      messages.map((message) => message.key),
      messages.map((message) => message.value),
      messages.map((message) => JSON.stringify(message.headers)),
    ]);
  }
}
