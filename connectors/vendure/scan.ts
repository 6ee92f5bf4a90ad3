import type { KeyRange, ScanPage } from '#connector-sdk';
import type { ExternalId } from '#kernel';
import { z } from 'zod';
import type { VendureClient } from './client.js';
import type { EntityPlan } from './entity-plan.js';
import type { Records } from './records.js';
import { toExternalId, toVendureId } from './mapping.js';

/** Ids asked for at once. The lists have no "greater than" for ids, but ids are numbers: a window names each of them. */
const WINDOW = 1_000n;
/** Sorts after every part of an item (`…-EUR`) and before the next item. */
const END_OF_ITEM = '~';

const boundsSchema = z.object({
  first: z.object({ items: z.array(z.object({ id: z.string() })) }),
  last: z.object({ items: z.array(z.object({ id: z.string() })) }),
});

/** What scanning needs. */
export interface ScanTools {
  readonly client: VendureClient;
  readonly records: Records;
}

/**
 * A page of records in byte order of external ids: the next `limit` items of a window of ids. It holds no state, and
 * whatever is written meanwhile moves no other record from its place.
 */
export async function scanPage(
  { client, records }: ScanTools,
  plan: EntityPlan,
  { range, after, limit }: { readonly range: KeyRange; readonly after: ExternalId | null; readonly limit: number },
): Promise<ScanPage> {
  const start = after ?? range.from;
  const bounds = start === null ? await readBounds(client, plan) : null;
  const from = bounds === null ? BigInt(toVendureId(start ?? '') ?? '0') : bounds.first;
  const filter = { id: { in: Array.from({ length: Number(WINDOW) }, (_, n) => String(from + BigInt(n))) } };
  const page = await records.list(plan, { filter, sort: { id: 'ASC' } }, limit);
  const isIn = ({ externalId }: { readonly externalId: string }): boolean =>
    (start === null || externalId > start) && (range.to === null || externalId <= range.to);
  const lastItem = page.items.at(-1);
  const isFull = lastItem !== undefined && page.items.length >= limit;
  const readTo = isFull ? BigInt(lastItem.id) : from + WINDOW - 1n;
  const next = toExternalId(String(readTo), END_OF_ITEM);
  const isEnd = await isComplete(next, range, async () => !isFull && readTo >= (await readBounds(client, plan)).last);
  return { records: page.records.filter(isIn), rejected: page.rejected.filter(isIn), next: isEnd ? null : next };
}

async function isComplete(next: ExternalId, range: KeyRange, isLast: () => Promise<boolean>): Promise<boolean> {
  return (range.to !== null && next >= range.to) || isLast();
}

async function readBounds(
  client: VendureClient,
  { shape }: EntityPlan,
): Promise<{ readonly first: bigint; readonly last: bigint }> {
  const at = (sort: string): string => `${shape.list}(options: { take: 1, sort: { id: ${sort} } }) { items { id } }`;
  const read = await client.run(`query { first: ${at('ASC')} last: ${at('DESC')} }`, {}, boundsSchema);
  return { first: BigInt(read.first.items[0]?.id ?? '0'), last: BigInt(read.last.items[0]?.id ?? '0') };
}
