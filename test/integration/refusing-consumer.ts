import { afterAll, beforeAll } from '@jest/globals';
import { HubError } from '#kernel';
import { DEAD_LETTER_HEADERS, type BatchRoute, type DecodedMessage } from '#messaging-kafka';
import { encodeHeaders, type OutboxRow } from '#outbox';
import { CreateHeldKeys, CreateOutboxTables } from '#store-postgres';
import { unique } from '../harness/servers.js';
import { aNumberedRow, EFFECT_TABLE, ScriptedConsumer } from './messaging-consumer.js';
import { useMessagingPlace } from './messaging-place.js';

/** A group that reads the products of a hub of its own and its replay lane, and parks the numbers that it refuses. Make it at the top of a file. */
export class RefusingConsumer {
  readonly prefix = `${unique('ref').replace('_', '-')}.`;
  readonly group = `${this.prefix}shop`;
  readonly topic = `${this.prefix}golden.product.v1`;
  readonly lane = `${this.prefix}lane.shop.golden.product.v1`;
  readonly deadLetterTopic = `${this.prefix}shop.dead-letter.v1`;
  readonly place;
  private consumer: ScriptedConsumer | null = null;

  /** @param refused numbers that it refuses; a test may change them */
  constructor(
    name: string,
    readonly refused = new Set<string>(),
    route: Pick<BatchRoute, 'lanes' | 'holds'> = {},
  ) {
    this.place = useMessagingPlace(name, {
      migrations: [CreateOutboxTables, CreateHeldKeys],
      effectTable: EFFECT_TABLE,
    });
    beforeAll(() => this.start(route));
    afterAll(() => this.consumer?.stop());
  }

  get fatal(): readonly HubError[] {
    return this.consumer?.fatal ?? [];
  }

  /** Messages of a key with these numbers. */
  publish(key: string, numbers: readonly number[]): Promise<void> {
    const { publisher, codec } = this.place;
    return publisher.publish(numbers.map((number) => aNumberedRow(codec, this.topic, key, number)));
  }

  /** Ten messages, 0 to 9, of five keys. */
  publishTen(): Promise<void> {
    const { publisher, codec } = this.place;
    const rows = Array.from({ length: 10 }, (_, at) => aNumberedRow(codec, this.topic, `k${at % 5}`, at));
    return publisher.publish(rows);
  }

  /** As the consumer parks what a time-out of its source kept it from: one of fifty keys. */
  aTransientLetter(at: number): OutboxRow {
    const names = DEAD_LETTER_HEADERS;
    const row = aNumberedRow(this.place.codec, this.deadLetterTopic, `m${at % 50}`, 1_000 + at);
    const cause = { [names.code]: 'HUB_SOURCE_TIMEOUT', [names.message]: `No answer after ${at} ms.` };
    const origin = { [names.topic]: this.topic, [names.partition]: '0', [names.offset]: String(1_000_000 + at) };
    const headers = { ...cause, ...origin, [names.consumer]: this.group, [names.timestamp]: '1' };
    return { ...row, headers: encodeHeaders(headers) };
  }

  /** Per key of {@link aTransientLetter}, its numbers in the order in which they took effect by the lane. */
  async lettersByKey(): Promise<readonly (readonly number[])[]> {
    const text = `SELECT array_agg(number ORDER BY id) AS numbers FROM effect WHERE topic = $1 AND key LIKE 'm%' GROUP BY key`;
    const rows = await this.place.database.query<{ numbers: number[] }>(text, [this.lane]);
    return rows.map(({ numbers }) => numbers);
  }

  /** Numbers that took effect, in order, of a topic or of a key. */
  async numbersOf(what: 'topic' | 'key', value: string): Promise<number[]> {
    const text = `SELECT number FROM effect WHERE ${what} = $1 ORDER BY id`;
    return (await this.place.database.query<{ number: number }>(text, [value])).map(({ number }) => number);
  }

  private async start(route: Pick<BatchRoute, 'lanes' | 'holds'>): Promise<void> {
    const { prefix, topic, group: groupId, deadLetterTopic } = this;
    const { connection, codec, topics, created, database } = this.place;
    await topics.ensure([
      { name: topic, kind: 'golden', partitions: 2 },
      { name: deadLetterTopic, kind: 'dead-letter', partitions: 1 },
    ]);
    created.push(topic, deadLetterTopic, this.lane);
    this.consumer = new ScriptedConsumer({
      ...{ topic, groupId, deadLetterTopic, connection, codec, database },
      ...{ route, tuning: { replayLanes: { prefix } } },
    });
    this.consumer.before = async (messages) => this.refuse(messages);
    await this.consumer.start();
  }

  private refuse(messages: readonly DecodedMessage[]): void {
    for (const { record } of messages)
      if (this.refused.has(String(record?.['runId'])))
        throw new HubError('HUB_PAYLOAD_INVALID', `Run ${String(record?.['runId'])} is refused.`);
  }
}
