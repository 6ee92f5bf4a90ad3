import type { Instant } from '#kernel';
import type { TrytonClient } from './client.js';
import { readPage, type Page, type PageBounds } from './change-pages.js';

/** Digits of an id that is looked for, from the left. */
const MAX_DIGITS = 10;
const BITS = [1, 2, 4, 8] as const;

/** A deleted row, and when its delete was logged. */
export interface DeletedRow {
  readonly model: string;
  readonly id: number;
  readonly at: Instant;
}

/**
 * Rows of some models that Tryton's log says are deleted. The log keeps `model,id` of each, but shows nothing in its place
 * once the row is gone; what it does not show can still be searched. So each digit of the ids is asked for: four
 * searches a digit (one for each bit of its value), for all rows of the page together.
 */
export async function readDeleted(
  client: TrytonClient,
  models: readonly string[],
  bounds: PageBounds,
): Promise<Page & { readonly deleted: readonly DeletedRow[] }> {
  const ofModels = models.map((model) => ['resource', 'like', `${escapeLike(model)},%`]);
  const domain = [
    ['event', '=', 'delete'],
    ['OR', ...ofModels],
  ];
  const page = await readPage(client, { model: 'ir.model.log', domain, root: 'id' }, bounds);
  const deleted: DeletedRow[] = [];
  for (const model of models) {
    const ids = await decodeIds(client, model, page.roots);
    for (const { id, at } of page.rows) {
      const digits = ids.get(id);
      if (digits !== undefined) deleted.push({ model, id: Number(digits), at });
    }
  }
  return { ...page, deleted };
}

/** Digits of the deleted ids by the id of their log row. */
async function decodeIds(
  client: TrytonClient,
  model: string,
  logIds: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  let open = [...logIds];
  for (let position = 0; position < MAX_DIGITS && open.length > 0; position += 1) {
    const search = async (pattern: string): Promise<ReadonlySet<number>> =>
      searchLog(client, open, `${escapeLike(model)},${'_'.repeat(position)}${pattern}`);
    const longer = await search('_%');
    open = open.filter((id) => longer.has(id));
    if (open.length === 0) break;
    const sets = await Promise.all(BITS.map((bit) => searchDigit(client, open, { model, position, bit })));
    for (const id of open) {
      const digit = BITS.reduce((sum, bit, at) => sum + (sets[at]?.has(id) ? bit : 0), 0);
      found.set(id, `${found.get(id) ?? ''}${digit}`);
    }
  }
  return found;
}

async function searchDigit(
  client: TrytonClient,
  logIds: readonly number[],
  { model, position, bit }: { readonly model: string; readonly position: number; readonly bit: number },
): Promise<ReadonlySet<number>> {
  const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((digit) => (digit & bit) !== 0);
  const prefix = `${escapeLike(model)},${'_'.repeat(position)}`;
  const patterns = digits.map((digit) => ['resource', 'like', `${prefix}${digit}%`]);
  return toIdSet(
    await client.call('model.ir.model.log.search', [
      [
        ['id', 'in', logIds],
        ['OR', ...patterns],
      ],
      0,
      null,
      null,
    ]),
  );
}

async function searchLog(
  client: TrytonClient,
  logIds: readonly number[],
  pattern: string,
): Promise<ReadonlySet<number>> {
  const domain = [
    ['id', 'in', logIds],
    ['resource', 'like', pattern],
  ];
  return toIdSet(await client.call('model.ir.model.log.search', [domain, 0, null, null]));
}

function toIdSet(answer: unknown): ReadonlySet<number> {
  return new Set(Array.isArray(answer) ? answer.map(Number) : []);
}

/** An underscore stands for any character. */
function escapeLike(text: string): string {
  return text.replaceAll('_', '\\_');
}
