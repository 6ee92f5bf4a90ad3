import type { ByteWriter } from './byte-writer.js';
import { writeRecordBatch, type BatchHead, type BatchRecord } from './record-batch.js';

/** The records of one partition, in order; not empty. */
export interface PartitionRecords {
  readonly partition: number;
  /** Sequence of the first record. */
  readonly firstSequence: number;
  readonly records: readonly BatchRecord[];
}

/** What all partitions of a request share. */
export interface RequestHead extends Omit<BatchHead, 'firstSequence'> {
  /** How long the leader may wait for the other replicas. */
  readonly timeoutMs: number;
}

/** All in-sync replicas must have the records before the broker answers. */
const ALL_REPLICAS = -1;
/** Length of a null string: the request belongs to no transaction. */
const NO_TRANSACTION = -1;

/**
 * Appends the body of a Produce request, versions 3 to 8 (they differ only in the answer): per topic, one batch per
 * partition.
 * @see https://kafka.apache.org/protocol#The_Messages_Produce
 */
export function writeProduceRequest(
  writer: ByteWriter,
  topics: ReadonlyMap<string, readonly PartitionRecords[]>,
  head: RequestHead,
): void {
  writer.int16(NO_TRANSACTION);
  writer.int16(ALL_REPLICAS);
  writer.int32(head.timeoutMs);
  writer.int32(topics.size);
  for (const [topic, partitions] of topics) {
    writer.string(topic);
    writer.int32(partitions.length);
    for (const { partition, records, firstSequence } of partitions) {
      writer.int32(partition);
      const sizeAt = writer.skip(4);
      writeRecordBatch(writer, records, { ...head, firstSequence });
      writer.int32At(sizeAt, writer.length - sizeAt - 4);
    }
  }
}

/** What stands in front of every request. */
export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string;
}

/** Bytes of a request's size and header (version 1), which {@link writeRequestHead} fills in. */
export function requestHeadBytes(clientId: string): number {
  return 14 + Buffer.byteLength(clientId);
}

/**
 * Writes size and header (version 1) to the front of a request, where room was left for them.
 * @see https://kafka.apache.org/protocol#protocol_messages
 */
export function writeRequestHead(
  request: Buffer,
  { apiKey, apiVersion, correlationId, clientId }: RequestHeader,
): void {
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(apiKey, 4);
  request.writeInt16BE(apiVersion, 6);
  request.writeInt32BE(correlationId, 8);
  request.writeInt16BE(Buffer.byteLength(clientId), 12);
  request.write(clientId, 14);
}
