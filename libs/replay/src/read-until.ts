import { HubError } from '#kernel';
import type { OffsetRange, SeedPage, TopicPages } from './ports.js';

/**
 * Reads every partition from the beginning of its range to its end; messages beyond the end may come along.
 * @throws HubError HUB_SCAN_INCOMPLETE when `signal` is aborted before, what the topic and `onPage` throw
 */
export async function readUntil(
  pages: TopicPages,
  ranges: ReadonlyMap<number, OffsetRange>,
  onPage: (page: SeedPage) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const open = new Map([...ranges].filter(([, { low, high }]) => low < high));
  const from = new Map([...open].map(([partition, { low }]) => [partition, low]));
  const stop = new AbortController();
  const take = async (page: SeedPage): Promise<void> => {
    await onPage(page);
    if (page.nextOffset >= (open.get(page.partition)?.high ?? 0n)) open.delete(page.partition);
    if (open.size === 0) stop.abort();
  };
  if (open.size > 0) await pages.read(from, take, AbortSignal.any([signal, stop.signal]));
  if (signal.aborted && open.size > 0)
    throw new HubError('HUB_SCAN_INCOMPLETE', 'The topic was being read and was interrupted.');
}
