import { gzipSync } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import { ByteWriter } from './byte-writer.js';
import { writeRecordBatch, type BatchRecord } from './record-batch.js';

const ATTRIBUTES_AT = 21;
const RECORDS_AT = 61;

/** What the broker or another producer makes of a batch of ours. */
export interface BatchSettings {
  readonly firstOffset?: bigint;
  /** Bits of the batch: compression, time of appending, transaction, control. */
  readonly attributes?: number;
  /** Larger than its records say where compaction removed the last ones. */
  readonly lastOffsetDelta?: number;
  readonly maxTimestampMs?: number;
  readonly producerId?: bigint;
  readonly isGzip?: boolean;
}

/** A batch of these records, for tests: written by record-batch.ts, then bent as the settings say, with its checksum. */
export function buildBatch(records: readonly BatchRecord[], settings: BatchSettings = {}): Buffer {
  const writer = new ByteWriter(1);
  const producerId = settings.producerId ?? 7n;
  writeRecordBatch(writer, records, { producerId, producerEpoch: 0, firstSequence: 0, timestampMs: 1_000 });
  const plain = Buffer.from(writer.view());
  const { isGzip = false } = settings;
  const bytes = isGzip ? Buffer.concat([plain.subarray(0, RECORDS_AT), gzipSync(plain.subarray(RECORDS_AT))]) : plain;
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeBigInt64BE(settings.firstOffset ?? 0n, 0);
  bytes.writeInt16BE((settings.attributes ?? 0) | (isGzip ? 1 : 0), ATTRIBUTES_AT);
  if (settings.lastOffsetDelta !== undefined) bytes.writeInt32BE(settings.lastOffsetDelta, 23);
  if (settings.maxTimestampMs !== undefined) bytes.writeBigInt64BE(BigInt(settings.maxTimestampMs), 35);
  return sealed(bytes);
}

/** The batch with the checksum of what it holds now. */
export function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_AT)), 17);
  return batch;
}
