import { ByteReader } from './byte-reader.js';
import { splitBatches, type FetchedBatch } from './fetched-batch.js';

/** A partition's part of an answer to Fetch. */
export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  /** End of the partition: the offset that its next message will have. */
  readonly highWatermark: bigint;
  readonly preferredReadReplica: number;
  readonly batches: readonly FetchedBatch[];
  /** Batches of transactions that were aborted: their messages are to be passed over. */
  readonly aborted: ReadonlySet<FetchedBatch>;
}

/** An answer to Fetch. */
export interface FetchResponse {
  readonly throttleMs: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly FetchedPartition[] }[];
}

/** Versions of Fetch whose answers are read here: record batches v2, and no compact encodings yet. */
export const FETCH_VERSIONS = { first: 4, last: 11 } as const;

/**
 * Reads the answer to a Fetch request, down to the heads of its record batches.
 * @param version within {@link FETCH_VERSIONS}
 * @throws RangeError when the answer is cut off; HubError HUB_BATCH_UNREADABLE
 * @see https://kafka.apache.org/protocol#The_Messages_Fetch
 */
export function readFetchResponse(bytes: Buffer, version: number): FetchResponse {
  const reader = new ByteReader(bytes);
  const throttleMs = reader.int32();
  const errorCode = version >= 7 ? reader.int16() : 0;
  const sessionId = version >= 7 ? reader.int32() : 0;
  const topics = readArray(reader, () => {
    const topic = reader.string();
    return { topic, partitions: readArray(reader, () => readPartition(reader, version)) };
  });
  return { throttleMs, errorCode, sessionId, topics };
}

interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

function readPartition(reader: ByteReader, version: number): FetchedPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  reader.int64(); // last stable offset: what lies beyond is not sent
  if (version >= 5) reader.int64(); // first offset of the log
  const transactions = readArray(reader, () => ({ producerId: reader.int64(), firstOffset: reader.int64() }));
  const preferredReadReplica = version >= 11 ? reader.int32() : -1;
  const length = reader.int32();
  const batches = length > 0 ? splitBatches(reader.raw(length)) : [];
  const aborted = findAborted(batches, transactions);
  return { partition, errorCode, highWatermark, preferredReadReplica, batches, aborted };
}

/** A producer's transaction ends with its next control batch, whatever that says. */
function findAborted(batches: readonly FetchedBatch[], transactions: readonly AbortedTransaction[]): Set<FetchedBatch> {
  const waiting = [...transactions].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  const open = new Set<bigint>();
  const aborted = new Set<FetchedBatch>();
  for (const batch of batches) {
    for (let next = waiting[0]; next && next.firstOffset <= batch.lastOffset; next = waiting[0]) {
      open.add(next.producerId);
      waiting.shift();
    }
    if (batch.isControl) open.delete(batch.producerId);
    else if (batch.isTransactional && open.has(batch.producerId)) aborted.add(batch);
  }
  return aborted;
}

/** -1 is the length of null. */
function readArray<T>(reader: ByteReader, read: () => T): T[] {
  const items: T[] = [];
  for (let left = reader.int32(); left > 0; left -= 1) items.push(read());
  return items;
}
