import { describe, expect, test } from '@jest/globals';
import { encodeHeaders } from '#outbox';
import fc from 'fast-check';
import { buildBatch, type BatchSettings } from './built-batches.js';
import { ByteWriter } from './byte-writer.js';
import { FETCH_VERSIONS, readFetchResponse } from './fetch-response.js';
import { readPages } from './kafkajs-consumer.js';

interface Transaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}
interface Part {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: bigint;
  readonly transactions: readonly Transaction[] | null;
  readonly records: Buffer;
}

/** An answer of one topic as a broker writes it. */
function answer(version: number, parts: readonly Part[]): Buffer {
  const writer = new ByteWriter(1);
  writer.int32(11);
  if (version >= 7) {
    writer.int16(0);
    writer.int32(77);
  }
  writer.int32(1);
  writer.string('tö');
  writer.int32(parts.length);
  for (const part of parts) {
    writer.int32(part.partition);
    writer.int16(part.errorCode);
    writer.int64(part.highWatermark);
    writer.int64(part.highWatermark);
    if (version >= 5) writer.int64(0n);
    writer.int32(part.transactions?.length ?? -1);
    for (const { producerId, firstOffset } of part.transactions ?? []) {
      writer.int64(producerId);
      writer.int64(firstOffset);
    }
    if (version >= 11) writer.int32(-1);
    writer.int32(part.records.length);
    writer.raw(part.records);
  }
  return Buffer.from(writer.view());
}

const aRecord = (key: string) => ({ key, value: Buffer.from(key), headers: encodeHeaders({ h: 'x' }) });
const aBatch = (keys: readonly string[], settings: BatchSettings): Buffer => buildBatch(keys.map(aRecord), settings);
const part = (given: Partial<Part>): Part => ({
  ...{ partition: 0, errorCode: 0, highWatermark: 9n, transactions: null, records: Buffer.alloc(0), ...given },
});
/** What each of them takes in its batch, its length not included. */
const RECORD_BYTES = 14;
const versions = Array.from(
  { length: FETCH_VERSIONS.last - FETCH_VERSIONS.first + 1 },
  (_, index) => FETCH_VERSIONS.first + index,
);

test.each(versions)('version %i is read whole; cut off anywhere, it is refused', (version) => {
  const records = aBatch(['a', 'b'], { firstOffset: 7n });
  const bytes = answer(version, [part({ partition: 2, records }), part({ errorCode: 1, transactions: [] })]);
  const { throttleMs, sessionId, topics } = readFetchResponse(bytes, version);
  expect({ throttleMs, sessionId }).toEqual({ throttleMs: 11, sessionId: version >= 7 ? 77 : 0 });
  expect(topics).toMatchObject([
    {
      topic: 'tö',
      partitions: [
        { partition: 2, errorCode: 0, highWatermark: 9n, preferredReadReplica: -1, batches: [{ lastOffset: 8n }] },
        { partition: 0, errorCode: 1, batches: [] },
      ],
    },
  ]);
  for (let cut = 0; cut < bytes.length; cut += 1)
    expect(() => readFetchResponse(bytes.subarray(0, cut), version)).toThrow(RangeError);
});

test('any bytes are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...versions), (bytes, version) => {
      try {
        readFetchResponse(Buffer.from(bytes), version);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(TypeError);
      }
    }),
    { numRuns: 2_000 },
  );
});

const TRANSACTIONAL = 0x10;
const MARKER = 0x30;

interface Step {
  readonly producer: bigint;
  readonly what: string;
  readonly size: number;
}
interface Logged {
  readonly bytes: Buffer;
  readonly first: bigint;
  isAborted: boolean;
}

/** A model of a log: which batches belong to an aborted transaction is known from how they were written. */
class Log {
  readonly batches: Logged[] = [];
  readonly aborted: (Transaction & { readonly last: bigint })[] = [];
  private readonly open = new Map<bigint, Logged[]>();
  private next = 0n;

  write({ producer, what, size }: Step): void {
    const isTransactional = what === 'write';
    const batch = this.append(producer, isTransactional ? TRANSACTIONAL : 0, size);
    if (isTransactional) this.open.set(producer, [...(this.open.get(producer) ?? []), batch]);
  }

  end({ producer, what }: Step): void {
    const { first: last } = this.append(producer, MARKER, 1);
    const written = this.open.get(producer) ?? [];
    this.open.delete(producer);
    const [begun] = written;
    if (what === 'commit' || !begun) return;
    for (const batch of written) batch.isAborted = true;
    this.aborted.push({ producerId: producer, firstOffset: begun.first, last });
  }

  private append(producerId: bigint, attributes: number, size: number): Logged {
    const keys = Array.from({ length: size }, () => 'k');
    const bytes = aBatch(keys, { firstOffset: this.next, attributes, producerId });
    const batch = { bytes, first: this.next, isAborted: false };
    this.batches.push(batch);
    this.next += BigInt(size);
    return batch;
  }
}

describe('aborted transactions', () => {
  /** Batches of one or two records, by producer; a marker ends the producer's transaction, aborted or not. */
  const anyStep = fc.record({
    producer: fc.constantFrom(1n, 2n, 3n),
    what: fc.constantFrom('write', 'write', 'write', 'plain', 'commit', 'abort'),
    size: fc.integer({ min: 1, max: 2 }),
  });

  test('what they wrote is told apart from all else, wherever the fetch begins', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 24 }), fc.nat(), (steps, cut) => {
        const log = new Log();
        for (const step of steps) {
          if (step.what === 'write' || step.what === 'plain') log.write(step);
          else log.end(step);
        }
        const start = steps.length === 0 ? 0 : cut % steps.length;
        const from = log.batches[start]?.first ?? 0n;
        const transactions = log.aborted.filter(({ last }) => last >= from);
        const records = Buffer.concat(log.batches.slice(start).map(({ bytes }) => bytes));
        const [topic] = readFetchResponse(answer(11, [part({ transactions, records })]), 11).topics;
        const found = topic?.partitions[0];
        const passedOver = [...(found?.aborted ?? [])].map(({ firstOffset }) => firstOffset);
        const wanted = log.batches.slice(start).filter(({ isAborted }) => isAborted);
        expect(passedOver).toEqual(wanted.map(({ first }) => first));
      }),
      { numRuns: 500 },
    );
  });
});

describe('pages', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 });

  test('hold every message from the asked offset on, once and in order, and none is larger than asked', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.integer({ min: 1, max: 7 }), async (counts, at, size) => {
        const total = counts.reduce((sum, count) => sum + count, 0);
        const from = at % (total + 1);
        const pages = await pagesOf(counts, from, size);
        for (const page of pages.slice(0, -1)) expect(page).toHaveLength(size);
        expect(pages.flat()).toEqual(Array.from({ length: total - from }, (_, index) => from + index));
      }),
    );
  });

  test('a batch whose last records compaction removed ends', async () => {
    expect(await pagesOf([2], 2, 5)).toEqual([]);
  });

  test('end at the message with which they reach their bytes', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 40 }), async (counts, bytes) => {
        const pages = await pagesOf(counts, 0, 1_000, bytes);
        // each record is of RECORD_BYTES, its length included in none of them
        for (const page of pages.slice(0, -1)) expect(page).toHaveLength(Math.ceil(bytes / RECORD_BYTES));
        expect(pages.flat()).toHaveLength(counts.reduce((sum, count) => sum + count, 0));
      }),
    );
  });

  async function pagesOf(counts: readonly number[], from: number, size: number, bytes = 1e6): Promise<number[][]> {
    let next = 0;
    const built = counts.map((count) => {
      const keys = Array.from({ length: count }, (_, index) => `k${index}`);
      const bytes = aBatch(keys, { firstOffset: BigInt(next) });
      next += count;
      return bytes;
    });
    const [topic] = readFetchResponse(answer(11, [part({ records: Buffer.concat(built) })]), 11).topics;
    const messages = (topic?.partitions[0]?.batches ?? []).map((fetched) => ({ fetched }));
    const pages: number[][] = [];
    const batch = { topic: 't', partition: 0, fetchedOffset: String(from), messages };
    for await (const page of readPages(batch, { messages: size, bytes }))
      pages.push(page.map(({ offset }) => Number(offset)));
    return pages;
  }
});
