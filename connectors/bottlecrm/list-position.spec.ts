import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ListWindow, Row } from './api.js';
import { ListPosition } from './list-position.js';

/** A list as the CRM gives it: by descending id, from an offset on. */
class AccountList {
  readonly ids: Set<string>;
  windows = 0;

  constructor(
    ids: Iterable<string>,
    private readonly beforeWindow: (list: AccountList) => void = () => {},
  ) {
    this.ids = new Set(ids);
  }

  readonly read = async (offset: number, limit: number): Promise<ListWindow> => {
    this.windows += 1;
    this.beforeWindow(this);
    const descending = [...this.ids].sort().reverse();
    const rows = descending.slice(offset, offset + limit).map((id): Row => ({ id }));
    return { rows, count: descending.length };
  };
}

const idOf = (n: number): string => `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
const ids = fc.uniqueArray(fc.integer({ min: 0, max: 0xffff_ffff }).map(idOf), { maxLength: 120 });

async function scan(position: ListPosition, limit: number): Promise<string[]> {
  const found: string[] = [];
  let start: string | null = null;
  for (;;) {
    const { rows, isEnd } = await position.readAbove(start, limit);
    found.push(...rows.map(({ id }) => id));
    if (isEnd) return found;
    start = rows.at(-1)?.id ?? null;
  }
}

test('a scan gives every id once, in ascending order', () =>
  fc.assert(
    fc.asyncProperty(ids, fc.integer({ min: 1, max: 30 }), async (all, limit) => {
      const list = new AccountList(all);
      expect(await scan(new ListPosition(list.read), limit)).toEqual([...all].sort());
    }),
  ));

test('a scan misses no id that stays, whatever comes and goes before each window', () =>
  fc.assert(
    fc.asyncProperty(
      ids,
      fc.array(ids, { maxLength: 40 }),
      fc.integer({ min: 1, max: 30 }),
      async (stay, moves, limit) => {
        const staying = new Set(stay);
        const list = new AccountList(stay, ({ ids: now, windows }) => {
          for (const id of moves[windows] ?? []) if (!staying.has(id)) now[now.has(id) ? 'delete' : 'add'](id);
          // what came before goes again, so that the list shifts both ways
          for (const id of moves[windows - 2] ?? []) if (!staying.has(id)) now.delete(id);
        });
        const found = await scan(new ListPosition(list.read), limit);
        expect([...found].sort()).toEqual(found);
        expect(new Set(found).size).toBe(found.length);
        expect(stay.filter((id) => !found.includes(id))).toEqual([]);
      },
    ),
    { numRuns: 300 },
  ));

test('a scan that goes on costs one window a page, and a seek of any id a few', async () => {
  const all = Array.from({ length: 20_000 }, (_, n) => idOf((n * 2_654_435_761) % 2 ** 32));
  const list = new AccountList(all);
  await scan(new ListPosition(list.read), 200);
  expect(list.windows).toBeLessThanOrEqual(102);
  list.windows = 0;
  const sorted = [...all].sort();
  const { rows } = await new ListPosition(list.read).readAbove(sorted[7_777] ?? '', 200);
  expect(rows[0]?.id).toBe(sorted[7_778]);
  expect(list.windows).toBeLessThanOrEqual(9);
});
