import { HubError, systemClock, type Logger } from '#kernel';
import type { RedisOptions } from 'bullmq';

const MAX_RETRY_MS = 1_000;

/** Producers fail at once while the server is away, instead of queuing in memory. */
export function producerConnection(redisUrl: string, closing: AbortSignal): RedisOptions {
  return { ...connection(redisUrl, closing), enableOfflineQueue: false, maxRetriesPerRequest: 1 };
}

/** Workers wait for the server to come back. */
export function workerConnection(redisUrl: string, closing: AbortSignal): RedisOptions {
  return { ...connection(redisUrl, closing), maxRetriesPerRequest: null };
}

/** Closes a side of a queue; with the server away there is nothing left to say to it. */
export async function closeSide(close: () => Promise<unknown>, logger: Logger): Promise<void> {
  try {
    await close();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.debug({ reason }, 'job queue closed without its server');
  }
}

/** Without an end to the retries, closing while the server is away would wait for it. */
function connection(redisUrl: string, closing: AbortSignal): RedisOptions {
  const retryStrategy = (attempt: number): number | null =>
    closing.aborted ? null : Math.min(MAX_RETRY_MS, 100 * 2 ** Math.min(attempt, 10));
  return { url: redisUrl, connectTimeout: 5_000, retryStrategy };
}

/**
 * Answers of the queue's server within `timeoutMs`: with the server down, BullMQ itself waits for ever.
 * @throws HubError HUB_QUEUE_UNREACHABLE
 */
export async function callQueue<T>(call: () => Promise<T>, timeoutMs = 5_000): Promise<T> {
  const over = new AbortController();
  const late = systemClock.sleep(timeoutMs, over.signal).then(() => {
    throw new HubError('HUB_QUEUE_UNREACHABLE', `The job queue did not answer within ${timeoutMs} ms.`);
  });
  try {
    return await Promise.race([call(), late]);
  } catch (error) {
    if (error instanceof HubError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new HubError('HUB_QUEUE_UNREACHABLE', `The job queue refused: ${reason}`, {}, { cause: error });
  } finally {
    late.catch(() => undefined);
    over.abort();
  }
}
