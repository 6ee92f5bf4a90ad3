import { HubError, type BusinessKey } from '#kernel';
import type { SeedMessage, SeedPage, SeedPosition } from './ports.js';
import type { SeedRow } from './seed-row.js';

/** What a page does to a target: first `erased` keys go, then `rows` are written where they are newer. */
export interface PageEffect {
  readonly erased: readonly BusinessKey[];
  /** One row a key: its highest sequence since the key was last erased. */
  readonly rows: readonly SeedRow[];
  readonly position: SeedPosition;
}

/**
 * What a page does to a target that stands at `position`; what lies below it does nothing. The partition becomes live
 * only where the page begins exactly there: pages that another seeder applied meanwhile may have been read later, when
 * the end of this page's reader was no longer fresh. Rows that are given move no position: they are taken again until the first
 * message moved it, and never after it, so that they bring back nothing that was erased since.
 * @throws HubError HUB_INVARIANT_BROKEN when messages between position and page are missing
 */
export function takePage(page: SeedPage, position: SeedPosition, end: bigint): PageEffect {
  const { partition, fromOffset, nextOffset } = page;
  if (fromOffset > position.nextOffset)
    throw new HubError('HUB_INVARIANT_BROKEN', 'The page begins beyond the position of the target.', {
      partition,
      fromOffset,
      position: position.nextOffset,
    });
  const reached = nextOffset > position.nextOffset ? nextOffset : position.nextOffset;
  const isNext = fromOffset === position.nextOffset;
  if (page.given) return { erased: [], rows: isNext && position.state === 'seeding' ? page.given : [], position };
  const isLive = position.state === 'live' || (reached >= end && isNext);
  const fresh = page.messages.filter(({ offset }) => offset >= position.nextOffset && offset < nextOffset);
  return { ...foldMessages(fresh), position: { nextOffset: reached, state: isLive ? 'live' : 'seeding' } };
}

/** Messages of one partition, in their order, as one change. */
export function foldMessages(messages: readonly SeedMessage[]): Omit<PageEffect, 'position'> {
  const erased = new Set<BusinessKey>();
  const rows = new Map<BusinessKey, SeedRow>();
  for (const { key, row } of messages) {
    if (row === null) {
      rows.delete(key);
      erased.add(key);
    } else if (row.sequence > (rows.get(key)?.sequence ?? -1n)) rows.set(key, row);
  }
  return { erased: [...erased], rows: [...rows.values()] };
}
