import { crc32c } from '@node-rs/crc32';
import { HubError } from '#kernel';
import { boundedGzip } from './bounded-gzip.js';
import { ByteReader } from './byte-reader.js';
import { FetchedMessage, type Place } from './fetched-message.js';

/** One record batch as it came from the broker, unread but for its head. */
export interface FetchedBatch {
  readonly firstOffset: bigint;
  /** Also where compaction removed the record that had it. */
  readonly lastOffset: bigint;
  readonly producerId: bigint;
  readonly isTransactional: boolean;
  /** It marks the end of a transaction and holds no message. */
  readonly isControl: boolean;
  /** From its first offset to its end. */
  readonly bytes: Buffer;
}

const MAGIC = 2;
const LENGTH_AT = 8;
const MAGIC_AT = 16;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const COUNT_AT = 57;
const RECORDS_AT = 61;
const COMPRESSION = 0x07;
const GZIP = 1;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

const gzip = boundedGzip();

/**
 * The batches of a partition's answer. A broker cuts the last one off where the answer is full: what is not complete is left
 * out, and fetched again.
 * @throws HubError HUB_BATCH_UNREADABLE for a batch of another format than v2, and a damaged one of a transaction
 */
export function splitBatches(records: Buffer): FetchedBatch[] {
  const batches: FetchedBatch[] = [];
  for (let from = 0; from + RECORDS_AT <= records.length;) {
    const magic = records.readInt8(from + MAGIC_AT);
    if (magic !== MAGIC) throw unreadable('is not of the format that is read here', { magic });
    const length = records.readInt32BE(from + LENGTH_AT);
    const end = from + LENGTH_AT + 4 + length;
    if (end < from + RECORDS_AT) throw unreadable('is shorter than its own head', { length });
    if (end > records.length) break;
    const batch = readHead(records.subarray(from, end));
    // these may be passed over unread: a damaged bit must not hide messages
    if (batch.isControl || batch.isTransactional) assertChecksum(batch);
    batches.push(batch);
    from = end;
  }
  return batches;
}

function readHead(bytes: Buffer): FetchedBatch {
  const attributes = bytes.readInt16BE(ATTRIBUTES_AT);
  const firstOffset = bytes.readBigInt64BE(0);
  const lastOffsetDelta = bytes.readInt32BE(23);
  if (lastOffsetDelta < 0) throw unreadable('ends before it begins', { firstOffset, lastOffsetDelta });
  return {
    firstOffset,
    lastOffset: firstOffset + BigInt(lastOffsetDelta),
    producerId: bytes.readBigInt64BE(43),
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    isControl: (attributes & CONTROL) !== 0,
    bytes,
  };
}

function assertChecksum({ bytes, firstOffset }: FetchedBatch, place?: Place): void {
  if (crc32c(bytes.subarray(ATTRIBUTES_AT)) === bytes.readUInt32BE(CRC_AT)) return;
  throw unreadable('does not have its checksum', { ...place, offset: firstOffset });
}

/**
 * The messages of a batch, in order, each decoded when it is asked for. The checksum is checked first. A control batch has none.
 * @throws HubError HUB_BATCH_UNREADABLE when it is damaged or compressed in a way that is not known; HUB_BATCH_TOO_LARGE
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export async function readMessages(batch: FetchedBatch, place: Place): Promise<Iterable<FetchedMessage>> {
  if (batch.isControl) return [];
  const { bytes, firstOffset } = batch;
  const details = { ...place, offset: firstOffset };
  assertChecksum(batch, place);
  const attributes = bytes.readInt16BE(ATTRIBUTES_AT);
  const compression = attributes & COMPRESSION;
  if (compression !== 0 && compression !== GZIP)
    throw unreadable('is compressed in a way that is not read here; gzip is', { ...details, compression });
  const packed = bytes.subarray(RECORDS_AT);
  const records = compression === GZIP ? await unpack(packed, details) : packed;
  const count = bytes.readInt32BE(COUNT_AT);
  return decodeAll(records, { place, batch, count, fixedTimeMs: toFixedTime(bytes, attributes) });
}

interface Decoding {
  readonly place: Place;
  readonly batch: FetchedBatch;
  readonly count: number;
  /** The broker's time of the whole batch; null where each record has its producer's. */
  readonly fixedTimeMs: number | null;
}

function* decodeAll(records: Buffer, { place, batch, count, fixedTimeMs }: Decoding): Generator<FetchedMessage> {
  const { firstOffset, bytes } = batch;
  const reader = new ByteReader(records);
  const head = { place, firstOffset, baseTimeMs: Number(bytes.readBigInt64BE(27)), fixedTimeMs };
  for (let left = count; left > 0; left -= 1) {
    let message: FetchedMessage;
    try {
      message = new FetchedMessage(records, reader, head);
    } catch (error) {
      throw unreadable('holds a record that is damaged', { ...place, offset: firstOffset }, error);
    }
    yield message;
  }
  if (reader.left > 0) throw unreadable('holds more than its records', { ...place, offset: firstOffset });
}

async function unpack(packed: Buffer, details: Readonly<Record<string, string | number | bigint>>): Promise<Buffer> {
  try {
    return await gzip.decompress(packed);
  } catch (error) {
    const { cause } = error as Error;
    throw cause instanceof HubError ? cause : unreadable('does not unpack', details, error);
  }
}

function toFixedTime(bytes: Buffer, attributes: number): number | null {
  return (attributes & LOG_APPEND_TIME) === 0 ? null : Number(bytes.readBigInt64BE(35));
}

function unreadable(
  what: string,
  details: Readonly<Record<string, string | number | bigint>>,
  cause?: unknown,
): HubError {
  return new HubError('HUB_BATCH_UNREADABLE', `A record batch ${what}.`, details, { cause });
}
