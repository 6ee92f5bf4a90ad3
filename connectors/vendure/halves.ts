import type { WriteOutcome } from '#connector-sdk';
import { toHubError } from '#kernel';
import { isRecordError } from './errors.js';

/**
 * Sends a page that Vendure takes or refuses as a whole. One that it refuses for a record is sent again in halves, down
 * to the record to blame; one that is not answered leaves its records unknown. What an operator must put right, and our
 * own bugs, are thrown.
 *
 * @param fail is told every item that was not written
 */
export async function sendInHalves<T>(
  items: readonly T[],
  send: (items: readonly T[]) => Promise<void>,
  fail: (item: T, outcome: WriteOutcome) => void,
): Promise<void> {
  if (items.length === 0) return;
  try {
    await send(items);
  } catch (error) {
    const classified = toHubError(error);
    if (isRecordError(error) && items.length > 1) {
      const half = Math.ceil(items.length / 2);
      await sendInHalves(items.slice(0, half), send, fail);
      return sendInHalves(items.slice(half), send, fail);
    }
    if (classified.disposition !== 'retry') throw classified;
    const kind = isRecordError(error) ? 'rejected' : 'unknown';
    for (const item of items) fail(item, { kind, reason: classified.message });
  }
}
