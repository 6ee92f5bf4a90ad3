import { HubError, type Instant } from '#kernel';
import { z } from 'zod';
import type { TrytonClient } from './client.js';
import { parseRows } from './rows.js';
import { timeSchema, toWireTime } from './wire.js';

/** A row's place in the order of (time, id). */
export const positionSchema = z.strictObject({ at: z.string(), id: z.int() });
export type Position = z.infer<typeof positionSchema>;

/** A place of a row, and the roots that it leads to. */
export interface PlacedRow {
  readonly id: number;
  readonly at: Instant;
}

/** Which rows of a model: between two places, so many at most. */
export interface PageBounds {
  readonly after: Position | null;
  readonly until: Position | null;
  readonly limit: number;
  /** Those at the end of the order instead of those at its start. */
  readonly newestFirst?: boolean;
}

/** Rows in the order of (time, id), or from the newest backwards. */
export interface Page {
  readonly rows: readonly PlacedRow[];
  readonly roots: readonly number[];
  /** The newest place; null when there are no rows. */
  readonly last: Position | null;
  /** Whether more rows may follow at once. */
  readonly isFull: boolean;
}

const rowSchema = z.looseObject({ id: z.int(), last_modified_at: timeSchema });

/**
 * The rows of a model after a place, up to another one. Ties of time, which all rows of one transaction have, are
 * told apart by id.
 */
export async function readPage(
  client: TrytonClient,
  source: { readonly model: string; readonly root: string; readonly domain: readonly unknown[] },
  bounds: PageBounds,
): Promise<Page> {
  const domain = [
    ...source.domain,
    ...(bounds.after === null ? [] : [after(bounds.after)]),
    ...(bounds.until === null ? [] : [upTo(bounds.until)]),
  ];
  const direction = bounds.newestFirst ? 'DESC' : 'ASC';
  const order = [
    ['last_modified_at', direction],
    ['id', direction],
  ];
  const fields = ['last_modified_at', ...(source.root === 'id' ? [] : [source.root])];
  const params = [domain, 0, bounds.limit, order, fields];
  const answer = await client.call(`model.${source.model}.search_read`, params, { active_test: false });
  const found = parseRows(source.model, answer).map((raw) => parseRow(source.model, raw));
  const rows = found.map(({ id, last_modified_at: at }) => ({ id, at }));
  const last = rows.at(bounds.newestFirst ? 0 : -1) ?? null;
  return {
    rows,
    roots: [...new Set(found.flatMap((row) => rootsOf(row, source.root)))],
    last,
    isFull: rows.length === bounds.limit,
  };
}

function parseRow(model: string, raw: unknown): z.infer<typeof rowSchema> {
  const parsed = rowSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new HubError('HUB_SOURCE_ERROR', `Tryton answered a row of ${model} without its time.`, { model });
}

/** A many-to-one holds an id or nothing, a one-to-many a list; `a.b` is found under `a.`. */
function rootsOf(row: Readonly<Record<string, unknown>>, root: string): number[] {
  const [first = '', ...rest] = root.split('.');
  if (rest.length === 0) return [row[first]].flat().filter((id) => typeof id === 'number');
  return rootsOf((row[`${first}.`] ?? {}) as Readonly<Record<string, unknown>>, rest.join('.'));
}

function after({ at, id }: Position): unknown {
  const time = toWireTime(at as Instant);
  return [
    'OR',
    ['last_modified_at', '>', time],
    [
      ['last_modified_at', '=', time],
      ['id', '>', id],
    ],
  ];
}

function upTo({ at, id }: Position): unknown {
  const time = toWireTime(at as Instant);
  return [
    'OR',
    ['last_modified_at', '<', time],
    [
      ['last_modified_at', '=', time],
      ['id', '<=', id],
    ],
  ];
}
