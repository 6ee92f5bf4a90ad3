import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { HubError } from '#kernel';
import { encodeHeaders } from '#outbox';
import fc from 'fast-check';
import { buildBatch, sealed, type BatchSettings } from './built-batches.js';
import { readMessages, splitBatches, type FetchedBatch } from './fetched-batch.js';
import type { RawMessage } from './messages.js';
import type { BatchRecord } from './record-batch.js';

interface Vectors {
  readonly batches: readonly {
    readonly name: string;
    readonly records: readonly {
      readonly key: string | null;
      readonly value: string | null;
      readonly headers: Readonly<Record<string, string | null>>;
      readonly timestampMs: number;
    }[];
    readonly hex: string;
  }[];
}

const vectors = JSON.parse(readFileSync(new URL('../fixtures/java-client.json', import.meta.url), 'utf8')) as Vectors;
const place = { topic: 't', partition: 3 };

async function readAll(bytes: Buffer): Promise<RawMessage[]> {
  const messages: RawMessage[] = [];
  for (const batch of splitBatches(bytes)) messages.push(...(await readMessages(batch, place)));
  return messages;
}

/** What reading bytes comes to: messages, or the code of a refusal. Any other error is thrown. */
async function outcomeOf(bytes: Buffer): Promise<RawMessage[] | string> {
  try {
    return await readAll(bytes);
  } catch (error) {
    if (error instanceof HubError) return error.code;
    throw error;
  }
}

const hexOf = (value: Uint8Array | null): string | null => value && Buffer.from(value).toString('hex');
const plain = ({ offset, key, value, headers, timestampMs }: RawMessage): object => ({
  offset,
  key,
  value: hexOf(value),
  headers: Object.entries(headers),
  timestampMs,
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.nat({ max: 9_000 }).map((length) => 'x'.repeat(length)),
);
const name = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('__proto__', 'constructor', '7', ''));
const headersOf = fc.uniqueArray(fc.tuple(name, fc.option(text)), { maxLength: 8, selector: ([it]) => it });
const timestamp = fc.oneof(fc.nat({ max: 4_000_000_000_000 }), fc.constantFrom(0, 2 ** 31, 2 ** 45));

interface Written {
  readonly record: BatchRecord;
  readonly headers: readonly (readonly [string, string | null])[];
}
const written: fc.Arbitrary<Written> = fc
  .record({ key: fc.option(text), value: fc.option(fc.uint8Array({ maxLength: 300 })), headers: headersOf, timestamp })
  .map(({ headers, timestamp: timestampMs, ...rest }) => ({
    headers,
    record: { ...rest, timestampMs, headers: encodeHeaders(Object.fromEntries(headers)) },
  }));
const batchOf = fc.array(written, { minLength: 1, maxLength: 8 });
const firstOffset = fc.bigInt({ min: 0n, max: 2n ** 62n });

function expected(records: readonly Written[], first: bigint, fixedTimeMs?: number): object[] {
  return records.map(({ record, headers }, index) => ({
    offset: first + BigInt(index),
    key: record.key ?? '',
    value: hexOf(record.value),
    headers: Object.entries(Object.fromEntries(headers.filter(([, value]) => value !== null))),
    timestampMs: fixedTimeMs ?? record.timestampMs,
  }));
}
const recordsOf = (records: readonly Written[]): BatchRecord[] => records.map(({ record }) => record);

test.each(vectors.batches.map((batch) => [batch.name, batch] as const))(
  'what the Java client wrote: %s',
  async (_name, batch) => {
    const found = await readAll(Buffer.from(batch.hex, 'hex'));
    const headers = batch.records.map((record) => Object.entries(record.headers).filter(([, value]) => value !== null));
    const records = batch.records.map(({ key, value, timestampMs }, index) => ({
      ...{ offset: BigInt(index), key: key ?? '', value, headers: headers[index], timestampMs },
    }));
    expect(found.map(plain)).toEqual(records);
    for (const message of found) expect(message).toMatchObject(place);
  },
);

test('what record-batch.ts writes is read as it was, packed or not, at any offset', async () => {
  await fc.assert(
    fc.asyncProperty(batchOf, firstOffset, fc.boolean(), async (records, first, isGzip) => {
      const found = await readAll(buildBatch(recordsOf(records), { firstOffset: first, isGzip }));
      expect(found.map(plain)).toEqual(expected(records, first));
    }),
    { numRuns: 100 },
  );
});

test('an answer that is cut off anywhere holds the batches that are whole', async () => {
  const answer = fc.array(batchOf, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(answer, fc.double({ min: 0, max: 1, noNaN: true }), async (batches, share) => {
      const built = batches.map((records, index) =>
        buildBatch(recordsOf(records), { firstOffset: BigInt(100 * index) }),
      );
      const bytes = Buffer.concat(built);
      const cut = Math.floor(share * bytes.length);
      const ends = built.map((_, index) => built.slice(0, index + 1).reduce((sum, it) => sum + it.length, 0));
      const whole = batches.flatMap((records, index) =>
        (ends[index] ?? 0) <= cut ? expected(records, BigInt(100 * index)) : [],
      );
      expect((await readAll(bytes.subarray(0, cut))).map(plain)).toEqual(whole);
    }),
  );
});

describe('a damaged batch', () => {
  test('is refused wherever a byte behind its checksum changed, and never read wrongly in front of it', async () => {
    await fc.assert(
      fc.asyncProperty(batchOf, fc.nat(), fc.integer({ min: 1, max: 255 }), async (records, at, bits) => {
        const bytes = buildBatch(recordsOf(records));
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ bits;
        const outcome = await outcomeOf(bytes);
        if (index >= 17) expect(outcome).toBe('HUB_BATCH_UNREADABLE');
        // in front lie the offset that the broker gives, its leader's epoch, and the length
        else if (outcome !== 'HUB_BATCH_UNREADABLE') expect([0, records.length]).toContain(outcome.length);
      }),
      { numRuns: 150 },
    );
  });

  test('whose checksum was made to fit is refused or read, and nothing else happens', async () => {
    const change = fc.tuple(fc.nat(), fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x7f, 0x80, 0xff)));
    await fc.assert(
      fc.asyncProperty(batchOf, fc.array(change, { minLength: 1, maxLength: 12 }), async (records, changes) => {
        const bytes = buildBatch(recordsOf(records));
        for (const [at, byte] of changes) bytes[21 + (at % (bytes.length - 21))] = byte;
        const outcome = await outcomeOf(sealed(bytes));
        if (typeof outcome === 'string') return expect(outcome).toBe('HUB_BATCH_UNREADABLE');
        for (const message of outcome) expect(typeof message.headers).toBe('object');
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ['more records than it has bytes', 57, 2 ** 31 - 1],
    ['a negative number of records', 57, -5],
    ['more records than there are', 57, 2],
    ['an end before its begin', 23, -1],
  ])('that claims %s is refused', async (_what, at, value) => {
    const bytes = buildBatch([{ key: 'k', value: Buffer.from('v'), headers: encodeHeaders({}) }]);
    bytes.writeInt32BE(value, at);
    expect(await outcomeOf(sealed(bytes))).toBe('HUB_BATCH_UNREADABLE');
  });

  test('of another format, or packed by what is not read here, is refused', async () => {
    const one = [{ key: 'k', value: null, headers: encodeHeaders({}) }];
    const old = buildBatch(one);
    old.writeInt8(1, 16);
    expect(await outcomeOf(old)).toBe('HUB_BATCH_UNREADABLE');
    for (const codec of [2, 3, 4, 7])
      expect(await outcomeOf(buildBatch(one, { attributes: codec }))).toBe('HUB_BATCH_UNREADABLE');
    expect(await outcomeOf(buildBatch(one, { attributes: 1 }))).toBe('HUB_BATCH_UNREADABLE');
  });
});

describe('heads', () => {
  const two: BatchRecord[] = ['a', 'b'].map((key) => ({
    key,
    value: null,
    headers: encodeHeaders({}),
    timestampMs: 5,
  }));
  const headOf = (settings: BatchSettings): FetchedBatch | undefined => splitBatches(buildBatch(two, settings))[0];

  test('the time of appending counts for all records where the topic has it', async () => {
    const found = await readAll(buildBatch(two, { attributes: 0x08, maxTimestampMs: 99 }));
    expect(found.map((message) => message.timestampMs)).toEqual([99, 99]);
  });

  test('the end of a batch counts also where compaction removed its last records', () => {
    expect(headOf({ firstOffset: 40n, lastOffsetDelta: 9 })).toMatchObject({ firstOffset: 40n, lastOffset: 49n });
  });

  test('a control batch holds no message', async () => {
    expect(headOf({ attributes: 0x30 })).toMatchObject({ isControl: true, isTransactional: true });
    expect(await readAll(buildBatch(two, { attributes: 0x30 }))).toEqual([]);
  });
});
