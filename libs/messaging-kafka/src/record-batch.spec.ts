import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeHeaders, encodeHeaders } from '#outbox';
import { ByteWriter } from './byte-writer.js';
import { murmur2, partitionOf } from './murmur2.js';
import { writeProduceRequest } from './produce-request.js';
import { writeRecordBatch, type BatchRecord } from './record-batch.js';

interface VectorRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string | null>>;
  readonly timestampMs: number;
}
interface Vectors {
  readonly batches: readonly {
    readonly name: string;
    readonly producerId: string;
    readonly producerEpoch: number;
    readonly firstSequence: number;
    readonly records: readonly VectorRecord[];
    readonly hex: string;
  }[];
  readonly keys: readonly { readonly key: string; readonly murmur2: number; readonly partitionOf6: number }[];
}

const vectors = JSON.parse(readFileSync(new URL('../fixtures/java-client.json', import.meta.url), 'utf8')) as Vectors;

const head = { producerId: 9_007_199_254_740_993n, producerEpoch: 2, firstSequence: 5, timestampMs: 1_764_000_000_000 };

describe('what the Java client writes', () => {
  test.each(vectors.batches.map((batch) => [batch.name, batch] as const))('%s', (_name, batch) => {
    const records = batch.records.map((record) => ({
      ...record,
      value: record.value === null ? null : Buffer.from(record.value, 'hex'),
      headers: encodeHeaders(record.headers),
    }));
    const writer = new ByteWriter(1); // grows all the way
    writeRecordBatch(writer, records, { ...batch, producerId: BigInt(batch.producerId), timestampMs: 1 });
    expect(writer.view().toString('hex')).toBe(batch.hex);
  });

  test('its hash and its partition of a key', () => {
    const found = vectors.keys.map(({ key }) => ({ key, murmur2: murmur2(key), partitionOf6: partitionOf(key, 6) }));
    expect(found).toEqual(vectors.keys);
  });
});

describe('what kafkajs reads', () => {
  interface DecodedBatch {
    readonly records: readonly {
      readonly key: Buffer | null;
      readonly value: Buffer | null;
      readonly headers: Readonly<Record<string, Buffer>>;
      readonly timestamp: string;
      readonly offset: string;
    }[];
    readonly producerId: string;
    readonly producerEpoch: number;
    readonly firstSequence: number;
    readonly lastOffsetDelta: number;
    readonly maxTimestamp: string;
  }
  const load = createRequire(import.meta.url);
  const Decoder = load('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
  const decodeBatch = load('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: object) => Promise<DecodedBatch>;
  const keyHash = load('kafkajs/src/producer/partitioners/default/murmur2') as (key: string) => number;

  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: 'grapheme-ascii', maxLength: 80 }),
    fc.nat({ max: 9_000 }).map((length) => 'x'.repeat(length)),
  );
  // kafkajs keeps headers in a plain object: it sorts numbers and cannot read a name of Object's own.
  const name = fc.string({ maxLength: 20 }).filter((it) => !(it in {}) && !/^\d+$/.test(it));
  const record: fc.Arbitrary<BatchRecord> = fc.record({
    key: fc.option(text),
    value: fc.option(fc.uint8Array({ maxLength: 300 })),
    headers: fc.dictionary(name, text, { maxKeys: 8, noNullPrototype: true }).map(encodeHeaders),
    timestampMs: fc.nat({ max: 4_000_000_000_000 }),
  });

  test('is what was written, whatever the records', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 8 }), async (records) => {
        const writer = new ByteWriter(1);
        writeRecordBatch(writer, records, head);
        const batch = await decodeBatch(new Decoder(writer.view()));
        expect(batch).toMatchObject({
          producerId: String(head.producerId),
          producerEpoch: head.producerEpoch,
          firstSequence: head.firstSequence,
          lastOffsetDelta: records.length - 1,
          maxTimestamp: String(Math.max(...records.map((it) => it.timestampMs ?? 0))),
        });
        expect(batch.records.map(toRecord)).toEqual(records.map(comparable));
        expect(batch.records.map((it) => it.offset)).toEqual(records.map((_, index) => String(index)));
      }),
      { numRuns: 60 },
    );
  });

  test('its partitioner and ours agree on every key', () => {
    fc.assert(fc.property(text, (key) => expect(murmur2(key)).toBe(keyHash(key))));
  });

  const hex = (value: string | Uint8Array | null): string | null =>
    value === null ? null : Buffer.from(value as string).toString('hex');
  const comparable = (it: BatchRecord): object => ({
    key: hex(it.key),
    value: hex(it.value),
    headers: Object.entries(decodeHeaders(it.headers)).map(([header, value]) => [header, hex(value)]),
    timestamp: String(it.timestampMs),
  });
  const toRecord = (it: DecodedBatch['records'][number]): object => ({
    key: hex(it.key),
    value: hex(it.value),
    headers: Object.entries(it.headers).map(([header, value]) => [header, hex(value)]),
    timestamp: it.timestamp,
  });
});

test('a request holds the batches of its topics and partitions, with their sizes', () => {
  const aRecord = { key: 'k', value: Buffer.from('v'), headers: encodeHeaders({ h: 'x' }) };
  const batch = new ByteWriter();
  writeRecordBatch(batch, [aRecord], head);
  const size = Buffer.alloc(4);
  size.writeInt32BE(batch.length);
  const writer = new ByteWriter(1);
  const partitions = [3, 0].map((partition) => ({ partition, firstSequence: 5, records: [aRecord] }));
  writeProduceRequest(writer, new Map([['tö', partitions]]), { ...head, timeoutMs: 10_000 });
  const partition = (id: number): Buffer => Buffer.concat([Buffer.from([0, 0, 0, id]), size, batch.view()]);
  const front = Buffer.from('ffff' + 'ffff' + '00002710' + '00000001' + '0003' + '74c3b6' + '00000002', 'hex');
  expect(writer.view().toString('hex')).toBe(Buffer.concat([front, partition(3), partition(0)]).toString('hex'));
});
