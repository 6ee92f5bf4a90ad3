import { HubError } from '#kernel';
import type { ListWindow, Row } from './api.js';

/** The rows of one list that follow `start` in ascending order of ids. */
export interface RowsAbove {
  /** Ascending, without a gap after `start`. */
  readonly rows: readonly Row[];
  /** Whether these are all. */
  readonly isEnd: boolean;
}

/** Reads so many rows from an offset on, by descending id. */
export type ReadWindow = (offset: number, limit: number) => Promise<ListWindow>;

/** Rows read beyond those that are wanted, so that a few that come or go do not cost another request. */
const SLACK = 8;
/** Bisecting a list of a billion rows takes thirty; others may move it meanwhile. */
const MAX_WINDOWS = 64;

/**
 * Where ids lie in a list that the CRM gives by descending id and offset.
 *
 * An offset says nothing once rows come or go, so it is only a guess. What is read counts when the window is anchored: it
 * holds a row at or below `start`, or it reaches the end of the list. A window is one statement, ids never change, and the
 * order by id is total, so the rows above `start` in an anchored window are the next ones: none is between them, none is
 * missing. Nothing is concluded from two windows together.
 */
export class ListPosition {
  private readonly known = new Map<string, number>();
  private static readonly MAX_KNOWN = 32;

  constructor(private readonly readWindow: ReadWindow) {}

  /** At most `limit` rows above `start` (all ids where it is null). @throws HubError HUB_SCAN_INCOMPLETE */
  async readAbove(start: string | null, limit: number): Promise<RowsAbove> {
    const size = limit + SLACK;
    const search = new Search(start, size);
    let offset = Math.max(0, (this.known.get(start ?? '') ?? 0) - limit);
    for (let n = 0; n < MAX_WINDOWS; n += 1) {
      const window = await this.readWindow(offset, size);
      const place = placeOf(start, { offset, size, rows: window.rows });
      if (typeof place === 'string') {
        offset = search.next(place, offset, window.count);
        continue;
      }
      const isEnough = offset === 0 || place - offset >= limit / 2;
      if (isEnough) return this.result(window.rows.slice(0, place - offset), { offset, limit });
      offset = Math.max(0, place - limit);
    }
    throw new HubError('HUB_SCAN_INCOMPLETE', 'The list of accounts moved too fast to be read; the scan starts again.');
  }

  private result(above: readonly Row[], { offset, limit }: { offset: number; limit: number }): RowsAbove {
    const ascending = [...above].reverse();
    const rows = ascending.slice(0, limit);
    const last = rows.at(-1);
    const isEnd = offset === 0 && rows.length === above.length;
    if (!isEnd && last !== undefined) this.keep(last.id, offset + above.length - rows.length);
    return { rows, isEnd };
  }

  /** Number of rows above an id, as it was when it was last seen. */
  private keep(id: string, position: number): void {
    const [oldest] = this.known.keys();
    if (this.known.size >= ListPosition.MAX_KNOWN && oldest !== undefined) this.known.delete(oldest);
    this.known.set(id, position);
  }
}

/** Number of rows above `start`, where the window is anchored; else on which side of the window that place is. */
function placeOf(
  start: string | null,
  { offset, size, rows }: { readonly offset: number; readonly size: number; readonly rows: readonly Row[] },
): number | 'before' | 'behind' {
  const above = start === null ? rows.length : rows.filter(({ id }) => id > start).length;
  const isAnchored = above < rows.length || rows.length < size;
  if (!isAnchored) return 'behind';
  return above === 0 && offset > 0 ? 'before' : offset + above;
}

/** Where to look next for the place of an id: first where random ids would have it, then by halves. */
class Search {
  private low = 0;
  private high = Number.POSITIVE_INFINITY;
  private isFirst = true;

  constructor(
    private readonly start: string | null,
    private readonly size: number,
  ) {}

  next(side: 'before' | 'behind', offset: number, count: number): number {
    if (side === 'behind') this.low = offset + this.size;
    else this.high = offset;
    // Others moved the list meanwhile: what was learned no longer holds.
    if (this.low > Math.min(this.high, count)) [this.low, this.high] = [0, Number.POSITIVE_INFINITY];
    const middle = this.isFirst ? count * this.shareAbove() : (this.low + Math.min(this.high, count)) / 2;
    this.isFirst = false;
    return Math.max(0, Math.floor(middle - this.size / 2));
  }

  /** Which share of random ids lies above. */
  private shareAbove(): number {
    return this.start === null ? 1 : 1 - Number.parseInt(this.start.slice(0, 8), 16) / 2 ** 32;
  }
}
