import { crc32c } from '@node-rs/crc32';
import type { ByteWriter } from './byte-writer.js';

/** A message as it goes into a batch. A null value is a tombstone; a record without a key has null, not ''. */
export interface BatchRecord {
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string | null>>;
  /** Milliseconds since the epoch; the batch's time when it is not given. */
  readonly timestampMs?: number;
}

/** Who writes a batch, and when. */
export interface BatchHead {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** Sequence of the batch's first record within its partition. */
  readonly firstSequence: number;
  readonly timestampMs: number;
}

const MAGIC = 2;
/** The broker sets it; producers write -1. */
const NO_LEADER_EPOCH = -1;
/** From here on the checksum covers the batch. */
const CRC_BYTES = 4;
/** A guess of what a record takes besides its key and value: with it, few records have to move by a byte. */
const USUAL_HEADER_BYTES = 256;

/**
 * Appends one uncompressed record batch (format v2) to the writer: byte for byte what the Java client writes. `records`
 * is not empty. Offsets count from 0, as the broker assigns them.
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export function writeRecordBatch(writer: ByteWriter, records: readonly BatchRecord[], head: BatchHead): void {
  const baseTimestampMs = records[0]?.timestampMs ?? head.timestampMs;
  writer.int64(0n);
  const lengthAt = writer.skip(4);
  writer.int32(NO_LEADER_EPOCH);
  writer.int8(MAGIC);
  const crcAt = writer.skip(CRC_BYTES);
  writer.int16(0); // attributes: no compression, time of creation, no transaction
  writer.int32(records.length - 1);
  writer.int64(BigInt(baseTimestampMs));
  const maxTimestampAt = writer.skip(8);
  writer.int64(head.producerId);
  writer.int16(head.producerEpoch);
  writer.int32(head.firstSequence);
  writer.int32(records.length);
  let maxTimestampMs = baseTimestampMs;
  for (const [offset, record] of records.entries()) {
    const timestampMs = record.timestampMs ?? head.timestampMs;
    if (timestampMs > maxTimestampMs) maxTimestampMs = timestampMs;
    writeRecord(writer, record, { offset, timestampMs: timestampMs - baseTimestampMs });
  }
  writer.int64At(maxTimestampAt, BigInt(maxTimestampMs));
  writer.int32At(lengthAt, writer.length - lengthAt - 4);
  writer.uint32At(crcAt, crc32c(writer.view(crcAt + CRC_BYTES)));
}

interface Deltas {
  readonly offset: number;
  readonly timestampMs: number;
}

function writeRecord(writer: ByteWriter, record: BatchRecord, deltas: Deltas): void {
  const { key, value, headers } = record;
  const expectedBytes = (value?.length ?? 0) + (key?.length ?? 0) + USUAL_HEADER_BYTES;
  const body = writer.openSized(expectedBytes);
  writer.int8(0); // attributes: none are defined
  writer.varlong(deltas.timestampMs);
  writer.varint(deltas.offset);
  writer.varText(key);
  writer.varBytes(value);
  writeHeaders(writer, headers);
  writer.closeSized(body, expectedBytes);
}

function writeHeaders(writer: ByteWriter, headers: BatchRecord['headers']): void {
  const names = Object.keys(headers);
  writer.varint(names.length);
  for (const name of names) {
    writer.varText(name);
    writer.varText(headers[name] ?? null);
  }
}
