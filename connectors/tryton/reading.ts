import { toKeyColumns, type FetchResult, type FetchSelector, type KeyRange, type ScanPage } from '#connector-sdk';
import type { BusinessKey, ExternalId } from '#kernel';
import type { TrytonClient } from './client.js';
import type { TrytonRecord } from './entity.js';
import { toObserved, toObservedRecord, type EntityPlan } from './records.js';
import { parseRows } from './rows.js';

/** The key column that Tryton can search. */
export const KEY_COLUMN = 'code';

/**
 * Records of a range in byte order of external ids, each as it is now. Pages are cut between roots, whose padded ids are
 * in that order for Tryton too; no snapshot is kept over pages.
 */
export async function scanPage(
  { client, plan }: { readonly client: TrytonClient; readonly plan: EntityPlan },
  range: KeyRange,
  after: ExternalId | null,
  limit: number,
): Promise<ScanPage> {
  const start = after ?? range.from;
  const roots = await findRoots(client, plan, { from: start, to: range.to, limit: limit + 1 });
  const read = toObserved(plan, await plan.entity.read(roots));
  const isInside = ({ externalId }: { readonly externalId: string }): boolean =>
    (start === null || externalId > start) && (range.to === null || externalId <= range.to);
  const records = read.records.filter(isInside).sort((a, b) => (a.externalId < b.externalId ? -1 : 1));
  const last = roots.at(-1);
  const isComplete = roots.length <= limit || last === undefined;
  const next = isComplete ? null : ((await plan.entity.externalIdsOf([last])).toSorted().at(-1) ?? null);
  return { records, rejected: read.rejected.filter(isInside), next: next as ExternalId | null };
}

/** Reads records now, by external id or by business key. */
export async function fetchRecords(plan: EntityPlan, selector: FetchSelector): Promise<FetchResult> {
  const { records, unreadable } =
    selector.by === 'key' ? await readByKey(plan, selector.keys) : await readById(plan, selector.ids);
  const observed = toObserved(plan, { records, unreadable });
  if (selector.by === 'externalId') return observed;
  const wanted = new Set(selector.keys);
  return { ...observed, records: observed.records.filter(({ key }) => wanted.has(key)) };
}

/** Records by external id, before the mapping. */
export async function readById(
  plan: EntityPlan,
  ids: readonly string[],
): Promise<Awaited<ReturnType<EntityPlan['entity']['read']>>> {
  const roots = new Set(ids.flatMap((id) => plan.entity.rootOf(id) ?? []));
  const { records, unreadable } = await plan.entity.read([...roots]);
  const wanted = new Set(ids);
  const isWanted = ({ externalId }: { readonly externalId: string }): boolean => wanted.has(externalId);
  return { records: records.filter(isWanted), unreadable: unreadable.filter(isWanted) };
}

/** Records that hold one of these keys, by key. */
export async function readHolders(
  plan: EntityPlan,
  keys: readonly BusinessKey[],
): Promise<ReadonlyMap<string, TrytonRecord>> {
  const { records } = await readByKey(plan, keys);
  const holders = new Map<string, TrytonRecord>();
  for (const record of records) {
    const observed = toObservedRecord(plan, record);
    if ('key' in observed) holders.set(observed.key, record);
  }
  return holders;
}

async function readByKey(
  plan: EntityPlan,
  keys: readonly BusinessKey[],
): Promise<Awaited<ReturnType<EntityPlan['entity']['read']>>> {
  const values = new Set<string>();
  for (const key of keys) {
    const columns = toKeyColumns(plan.mapping, plan.name, key);
    const value = columns.ok ? columns.value[KEY_COLUMN] : undefined;
    if (value !== undefined) values.add(value);
  }
  return plan.entity.read(await plan.entity.findRoots([...values]));
}

async function findRoots(
  client: TrytonClient,
  { entity }: EntityPlan,
  { from, to, limit }: { readonly from: string | null; readonly to: string | null; readonly limit: number },
): Promise<number[]> {
  const domain: unknown[] = [['id', '>=', from === null ? 0 : (entity.rootOf(from) ?? 0)]];
  const end = to === null ? null : entity.rootOf(to);
  if (end !== null) domain.push(['id', '<=', end]);
  const params = [domain, 0, limit, [['id', 'ASC']], ['id']];
  const answer = await client.call(`model.${entity.rootModel}.search_read`, params, { active_test: false });
  return parseRows(entity.rootModel, answer).map(({ id }) => id);
}
