import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { boundedGzip } from './bounded-gzip.js';
import { toBrokerError } from './kafka-errors.js';

describe('boundedGzip', () => {
  const codec = boundedGzip(1_000);

  test('what is below the limit survives', async () => {
    const buffer = Buffer.alloc(1_000, 7);
    expect(await codec.decompress(await codec.compress({ buffer }))).toEqual(buffer);
  });

  test('a batch that unpacks to more stops the consumer, and says why; kafkajs must not try it again', async () => {
    const refused = await codec.decompress(gzipSync(Buffer.alloc(1_001))).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: 'KafkaJSNonRetriableError', retriable: false });
    expect(toBrokerError(refused)).toMatchObject({ code: 'HUB_BATCH_TOO_LARGE', disposition: 'stop' });
  });

  test('a broken batch stays what it is', async () => {
    await expect(codec.decompress(Buffer.from('no gzip'))).rejects.toMatchObject({ code: 'Z_DATA_ERROR' });
  });
});
