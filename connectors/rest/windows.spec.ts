import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { afterWindow, startWindow, windowRequest, type Window } from './windows.js';

type Options = Parameters<typeof windowRequest>[0];

/** What users do between two requests: rows that go, and rows that come at any place of the order. */
interface Change {
  readonly removed: readonly number[];
  readonly added: readonly number[];
}

const SETTLED_AFTER = 40;
const MAX_REQUESTS = 2_000;

/** A vendor's list in the order of its ids; it answers windows as asked, a repeated last page past its end included. */
class ChangingList {
  readonly stayed: ReadonlySet<string>;
  private rows: string[];

  constructor(
    count: number,
    private readonly changes: readonly Change[],
  ) {
    this.rows = Array.from({ length: count }, (_, n) => toId(n * 100));
    const removed = new Set(changes.flatMap((change) => change.removed.map((n) => toId((n % count) * 100))));
    this.stayed = new Set(this.rows.filter((id) => !removed.has(id)));
  }

  answer(options: Options, query: Readonly<Record<string, string>>, nth: number): string[] {
    const change = this.changes[nth];
    if (change) this.act(change);
    if (options.kind === 'offset') {
      const start = Number(query[options.offset]);
      return this.rows.slice(start, start + Number(query[options.limit]));
    }
    const size = Number(query[options.size]);
    const start = (Number(query[options.page]) - options.first) * size;
    expect(Number.isInteger(start)).toBe(true);
    return this.rows.slice(start, start + size);
  }

  private act({ removed, added }: Change): void {
    const count = Math.max(1, this.stayed.size);
    const gone = new Set(removed.map((n) => toId((n % count) * 100)).filter((id) => !this.stayed.has(id)));
    const come = added.map((n) => toId(n)).filter((id) => !this.rows.includes(id));
    this.rows = [...this.rows.filter((id) => !gone.has(id)), ...new Set(come)].sort();
  }
}

function toId(n: number): string {
  return String(n).padStart(8, '0');
}

function readAll(list: ChangingList, options: Options, next = afterWindow): { seen: Set<string>; requests: number } {
  const seen = new Set<string>();
  let window: Window | null = startWindow();
  let requests = 0;
  for (; window !== null && requests < MAX_REQUESTS; requests += 1) {
    const ids = list.answer(options, windowRequest(options, window), requests);
    for (const id of ids) seen.add(id);
    window = next(options, window, ids);
  }
  return { seen, requests };
}

/** What most clients do: the next window begins where the last one ended. */
function naive(options: Options, window: Window, ids: readonly (string | null)[]): Window | null {
  if (ids.length === 0) return null;
  return { ...window, start: window.start + options.pageSize, size: options.pageSize };
}

const change = fc.record({
  removed: fc.array(fc.nat(400), { maxLength: 12 }),
  added: fc.array(fc.nat(40_000), { maxLength: 12 }),
});
const historyFor = (kind: Options['kind']) =>
  fc.record({
    count: fc.integer({ min: 0, max: 400 }),
    pageSize: fc.integer({ min: kind === 'offset' ? 2 : 20, max: 60 }),
    changes: fc.array(change, { maxLength: SETTLED_AFTER }),
  });

function optionsOf(kind: Options['kind'], pageSize: number): Options {
  return kind === 'offset'
    ? { kind, offset: 'skip', limit: 'take', pageSize }
    : { kind, page: 'page', size: 'per', first: 1, pageSize };
}

describe.each(['offset', 'page'] as const)('paging by %s', (kind) => {
  const history = historyFor(kind);

  test('a row that stays is read, whatever comes and goes between the requests', () => {
    fc.assert(
      fc.property(history, ({ count, pageSize, changes }) => {
        const list = new ChangingList(count, changes);
        const { seen, requests } = readAll(list, optionsOf(kind, pageSize));
        expect(requests).toBeLessThan(MAX_REQUESTS);
        expect([...list.stayed].filter((id) => !seen.has(id))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('the same property catches paging that does not reach back', () => {
    const result = fc.check(
      fc.property(history, ({ count, pageSize, changes }) => {
        const list = new ChangingList(count, changes);
        const { seen } = readAll(list, optionsOf(kind, pageSize), naive);
        return [...list.stayed].every((id) => seen.has(id));
      }),
      { numRuns: 2_000, seed: 1 },
    );
    expect(result.failed).toBe(true);
  });

  test('a list that rests costs little more than its pages', () => {
    const { seen, requests } = readAll(new ChangingList(1_000, []), optionsOf(kind, 100));
    expect([seen.size, requests]).toEqual([1_000, expect.any(Number)]);
    expect(requests).toBeLessThanOrEqual(14);
  });
});

test('a vendor that repeats its last page past the end, and one that caps its pages, come to an end with every row', () => {
  const rows = Array.from({ length: 40 }, (_, n) => toId(n));
  const repeating = {
    answer: (start: number, size: number) => rows.slice(Math.min(start, rows.length - size), start + size),
  };
  const capping = { answer: (start: number, size: number) => rows.slice(start, start + Math.min(size, 7)) };
  for (const vendor of [repeating, capping]) {
    const options = optionsOf('offset', 10);
    const seen = new Set<string>();
    let window: Window | null = startWindow();
    for (let requests = 0; window !== null && requests < 100; requests += 1) {
      const query = windowRequest(options, window);
      const ids = vendor.answer(Number(query['skip']), Number(query['take']));
      for (const id of ids) seen.add(id);
      window = afterWindow(options, window, ids);
    }
    expect([window, seen.size]).toEqual([null, 40]);
  }
});
