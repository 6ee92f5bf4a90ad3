import { promisify } from 'node:util';
import { gzip, unzip } from 'node:zlib';
import { HubError } from '#kernel';
import kafkajs from 'kafkajs';

/** What kafkajs wants of a codec. */
export interface BatchCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

/** Bytes that one batch may unpack to: far above what producers make of a batch, whose limit is a megabyte. */
export const MAX_BATCH_BYTES = 64 * 1024 * 1024;

/**
 * gzip for kafkajs, whose own unpacks whatever comes: a batch of a megabyte may hold a gigabyte. Past the limit the fetch
 * fails for good, with HUB_BATCH_TOO_LARGE (stop) as its cause: which messages the batch holds cannot be known without
 * unpacking it, so none can be parked, and nothing is skipped.
 */
export function boundedGzip(maxBytes = MAX_BATCH_BYTES): BatchCodec {
  return {
    compress: ({ buffer }) => promisify(gzip)(buffer),
    decompress: async (buffer) => {
      try {
        return await promisify(unzip)(buffer, { maxOutputLength: maxBytes });
      } catch (error) {
        throw refused(error, buffer.length, maxBytes);
      }
    },
  };
}

/** kafkajs repeats every error that does not say that repeating is of no use. */
function refused(error: unknown, packedBytes: number, maxBytes: number): unknown {
  if ((error as { readonly code?: unknown }).code !== 'ERR_BUFFER_TOO_LARGE') return error;
  const message = `A compressed batch of ${packedBytes} bytes unpacks to more than ${maxBytes}.`;
  const cause = new HubError('HUB_BATCH_TOO_LARGE', message, { packedBytes, maxBytes }, { cause: error });
  return Object.assign(new kafkajs.KafkaJSNonRetriableError(message), { cause });
}
