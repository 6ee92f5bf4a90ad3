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
  /** How many whole windows in a row brought nothing new. */
  idle: z.int(),
});
export type Window = z.infer<typeof windowSchema>;

/**
 * After so many whole windows without news the list is at its end: its vendor repeats the last page for ever. Each is asked
 * twice as far away as the one before, so that rows which come in front between two requests do not look like it.
 */
const MAX_IDLE = 4;

export function startWindow(): Window {
  return { start: 0, size: 0, seen: null, idle: 0 };
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
  const idle = hasNew ? 0 : window.idle + 1;
  const beyond = idle < 2 ? 0 : options.pageSize * (2 ** (idle - 1) - 1);
  return { ...placeWindow(options, window.start + ids.length + beyond), seen: known, idle };
}

/**
 * Whether a window without news is the last one: a short one is, and so is a whole one far beyond the end. A short one with
 * news may be a vendor's cap on pages.
 */
function isEnd(options: WindowOptions, window: Window, rows: number): boolean {
  return window.idle >= MAX_IDLE || rows < (window.size === 0 ? options.pageSize : window.size);
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
