// Pages by number or offset over a list that changes meanwhile: each window reaches back into the one before. As long as
// the list has an order that stays, a window whose first row was seen before leaves no gap to it: every row between that
// one and the window's last is in it. A window that begins with a row not seen may have lost some before it (rows moved
// up), so it is asked again further back, at last from the beginning.
import { z } from 'zod';
import type { PagingOptions } from './entity-options.js';

type WindowOptions = Extract<PagingOptions, { kind: 'page' | 'offset' }>;

export const windowSchema = z.strictObject({
  /** First place of the window that is asked next, and its size. */
  start: z.int(),
  size: z.int(),
  /** Ids of the last window that joined; null before the first. */
  seen: z.array(z.string()).nullable(),
  /** The window before brought nothing new; one more such ends the list. */
  isLast: z.boolean(),
});
export type Window = z.infer<typeof windowSchema>;

export function startWindow(): Window {
  return { start: 0, size: 0, seen: null, isLast: false };
}

/** The query of a window. */
export function windowRequest(options: WindowOptions, window: Window): Record<string, string> {
  const size = window.size === 0 ? options.pageSize : window.size;
  if (options.kind === 'offset') return { [options.offset]: String(window.start), [options.limit]: String(size) };
  return { [options.page]: String(window.start / size + options.first), [options.size]: String(size) };
}

/** The window after one that brought these ids; null at the end of the list. */
export function afterWindow(options: WindowOptions, window: Window, ids: readonly (string | null)[]): Window | null {
  if (ids.length === 0 && window.start === 0) return null;
  const known = ids.filter((id) => id !== null);
  const before = new Set(window.seen);
  const joins = window.start === 0 || before.has(known[0] ?? '');
  if (!joins)
    return { ...window, ...placeWindow(options, Math.max(0, window.start - Math.ceil(options.pageSize / 2))) };
  const hasNew = known.some((id) => !before.has(id));
  if (!hasNew && isEnd(options, window, ids.length)) return null;
  return { ...placeWindow(options, window.start + ids.length), seen: known, isLast: !hasNew };
}

/**
 * Whether a window without news is the last one: a short one is, and so is the second of two, where the vendor repeats
 * its last page for ever. A short one with news may be a vendor's cap on pages.
 */
function isEnd(options: WindowOptions, window: Window, rows: number): boolean {
  return window.isLast || rows < (window.size === 0 ? options.pageSize : window.size);
}

/** The window with the furthest end that begins before `place`, so that it shows at least one row known before. */
function placeWindow(options: WindowOptions, place: number): Pick<Window, 'start' | 'size'> {
  const { pageSize } = options;
  if (place === 0) return { start: 0, size: pageSize };
  if (options.kind === 'offset') {
    const overlap = Math.max(1, Math.floor(pageSize / 10));
    return { start: Math.max(0, place - overlap), size: pageSize };
  }
  return placePage(place, pageSize);
}

/**
 * Pages begin at multiples of their size only, so the size is chosen, too: of sizes from 10 to 20, one does not divide
 * any place before 232,792,560.
 */
function placePage(place: number, pageSize: number): Pick<Window, 'start' | 'size'> {
  let best = { start: 0, size: pageSize };
  for (let size = pageSize; size >= Math.floor(pageSize / 2); size -= 1) {
    const start = Math.floor((place - 1) / size) * size;
    if (start + size > best.start + best.size) best = { start, size };
  }
  return best;
}
