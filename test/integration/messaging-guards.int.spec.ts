import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import kafkajs, { type Producer } from 'kafkajs';
import { AVRO_SCHEMAS } from '#contracts';
import { noMetrics, silentLogger, type HubError } from '#kernel';
import {
  AvroCodec,
  DEAD_LETTER_HEADERS,
  KafkaBatchServer,
  KafkaTopics,
  SchemaRegistry,
  type ConsumerPositions,
  type DecodedMessage,
} from '#messaging-kafka';
import { readDeadLetters, untilTrue } from '../harness/dead-letters.js';
import { serverAddresses, unique } from '../harness/servers.js';

const DRIFT = 'io.plumbline.hub.v1.DriftRecorded';
const MEGABYTE = 1024 * 1024;
const { kafkaBrokers, registryUrl } = serverAddresses();
const connection = { brokers: kafkaBrokers, clientId: 'guards-test' };
const registry = new SchemaRegistry({ url: registryUrl });
const codec = new AvroCodec(registry);
const topics = new KafkaTopics(connection);
const GZIP = kafkajs.CompressionTypes.GZIP;
const created: string[] = [];
let producer: Producer;

beforeAll(async () => {
  producer = new kafkajs.Kafka({ ...connection, brokers: [...kafkaBrokers] }).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  await codec.ensureSchemas();
});

afterAll(async () => {
  await producer.disconnect();
  await topics.deleteTopics(created);
  await topics.close();
});

const good = codecValue('good');
/** A drift of this run; encoded late, since the schemas' ids are known only then. */
function codecValue(runId: string): () => Buffer {
  const texts = { system: 'erp', entity: 'price', externalId: '1', kind: 'changed', outcome: 'found' };
  const record = { ...texts, runId, key: null, fields: [], at: '2026-11-23T04:05:06.123456Z' };
  return () => codec.encode(DRIFT, record);
}

/** The good value, with its empty list of fields claiming 2^31 items. */
function bomb(): Buffer {
  const value = good();
  const at = value.indexOf(Buffer.from('changed')) + 'changed'.length;
  return Buffer.concat([value.subarray(0, at), Buffer.from([0x80, 0x80, 0x80, 0x80, 0x10]), value.subarray(at)]);
}

describe('what others write', () => {
  let topic: string;
  let deadLetterTopic: string;
  let server: KafkaBatchServer;
  const fatal: HubError[] = [];
  const handled: string[] = [];

  beforeEach(async () => {
    topic = unique('guards');
    deadLetterTopic = `${topic}.dead-letter.v1`;
    await topics.ensure([
      { name: topic, kind: 'hub', partitions: 1 },
      { name: deadLetterTopic, kind: 'dead-letter', partitions: 1 },
    ]);
    created.push(topic, deadLetterTopic);
    fatal.length = 0;
    handled.length = 0;
  });
  afterEach(() => server.close());

  async function consume(): Promise<void> {
    server = new KafkaBatchServer({
      connection,
      groupId: unique('guards'),
      routes: [{ topic, pattern: 'drift' }],
      codec,
      deadLetterTopic,
      positions: new Positions(),
      onFatal: (error) => fatal.push(error),
      logger: silentLogger,
      metrics: noMetrics,
    });
    const handle = async (messages: readonly DecodedMessage[]): Promise<void> => {
      handled.push(...messages.map((message) => String(message.record?.['runId'])));
    };
    server.addHandler('drift', handle, true);
    let failure: unknown;
    await server.listen((error) => (failure = error));
    expect(failure).toBeUndefined();
  }

  test('is parked with its reason when it is a bomb or beyond the limits, and the next message is handled', async () => {
    const recursive = JSON.parse(AVRO_SCHEMAS[DRIFT]) as { fields: object[] };
    recursive.fields.push({ name: 'parent', type: ['null', DRIFT], default: null });
    const id = await registry.register(unique('foreign'), JSON.stringify(recursive));
    const foreign = Buffer.concat([good(), Buffer.from([0])]);
    foreign.writeInt32BE(id, 1);
    const large = Buffer.alloc(2 * MEGABYTE, good());
    const huge = Buffer.alloc(17 * MEGABYTE, good());
    const values = [bomb(), foreign, large, huge, good()];
    for (const value of values)
      await producer.send({ topic, compression: GZIP, messages: [{ key: 'k', value, headers: { ce_id: 'x' } }] });
    await consume();
    await untilTrue(() => handled.length === 1);
    const letters = await readDeadLetters(connection, deadLetterTopic, 4);
    const { code, offset, leftBytes } = DEAD_LETTER_HEADERS;
    const facts = letters.map(({ headers, value }) => [
      headers[code],
      headers[offset],
      headers[leftBytes],
      value?.length,
    ]);
    expect(facts).toEqual([
      ['HUB_PAYLOAD_UNSAFE', '0', undefined, bomb().length],
      ['HUB_SCHEMA_UNSAFE', '1', undefined, foreign.length],
      // Too large for the dead-letter topic: the letter says where it lies.
      ['HUB_PAYLOAD_INVALID', '2', String(large.length), undefined],
      ['HUB_PAYLOAD_TOO_LARGE', '3', String(huge.length), undefined],
    ]);
    expect(handled).toEqual(['good']);
    expect(fatal).toEqual([]);
  }, 60_000);

  test('stops the consumer when a batch unpacks to more than it reads at once, and nothing is skipped', async () => {
    await producer.send({ topic, messages: [{ key: 'k', value: good() }] });
    const value = Buffer.alloc(65 * MEGABYTE);
    await producer.send({ topic, compression: GZIP, messages: [{ key: 'k', value }] });
    await consume();
    await untilTrue(() => fatal.length > 0);
    expect(fatal).toEqual([expect.objectContaining({ code: 'HUB_BATCH_TOO_LARGE', disposition: 'stop' })]);
    expect(await readDeadLetters(connection, deadLetterTopic, 0)).toEqual([]);
  }, 60_000);
});

/** Positions of a consumer without a database. */
class Positions implements ConsumerPositions {
  private next: bigint | null = null;

  find(): Promise<bigint | null> {
    return Promise.resolve(this.next);
  }

  async skipTo({ nextOffset }: { readonly nextOffset: bigint }): Promise<void> {
    this.next = nextOffset;
  }
}
