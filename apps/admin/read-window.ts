import type { OffsetRange } from '#messaging-kafka';
import type { MessagesQuery } from './requests.js';

/** By partition: what is to be read, and the first offset that is there at all. */
export type ReadWindow = ReadonlyMap<number, { readonly low: bigint; readonly high: bigint; readonly first: bigint }>;

/** A filter looks at so many messages of each partition at once. */
const FILTERED = 5_000n;

/** The newest part of each partition that may hold the page asked for. Pure. */
export function planWindow(offsets: ReadonlyMap<number, OffsetRange>, query: MessagesQuery): ReadWindow {
  const size = isFiltered(query) ? FILTERED : BigInt(query.limit);
  const window = new Map<number, { low: bigint; high: bigint; first: bigint }>();
  for (const [partition, { low: first, high: end }] of offsets) {
    if (query.partition !== undefined && query.partition !== partition) continue;
    const before = query.before ? query.before.get(partition) : end;
    if (before === undefined) continue;
    const high = before < end ? before : end;
    const low = high - size;
    window.set(partition, { low: low > first ? low : first, high, first });
  }
  return window;
}

function isFiltered({ key, kind, header }: MessagesQuery): boolean {
  return key !== undefined || kind !== 'all' || header !== undefined;
}
