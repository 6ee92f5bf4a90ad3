import { toKeyColumns, type FetchSelector, type RejectedRecord } from '#connector-sdk';
import { HubError, type BusinessKey, type ExternalId } from '#kernel';
import { says } from './answer-errors.js';
import type { RestClient } from './client.js';
import type { LookupOptions } from './entity-options.js';
import type { EntityPlan } from './entity-plan.js';
import { readItems } from './read-page.js';
import { readItem, type ReadRecord } from './records.js';
import { fillPath, fillQuery, fillText, type TemplateValues } from './template.js';

/** Live records found now, with what they were read from. */
export interface FetchedRecords {
  readonly records: readonly ReadRecord[];
  readonly rejected: readonly RejectedRecord[];
}

const GONE = new Set([404, 410]);

/** Reads records now, by external id or by key. */
export async function fetchRecords(
  client: RestClient,
  plan: EntityPlan,
  selector: FetchSelector,
): Promise<FetchedRecords> {
  if (selector.by === 'externalId') return fetchByIds(client, plan, [...new Set(selector.ids)]);
  return fetchByKeys(client, plan, [...new Set(selector.keys)]);
}

async function fetchByIds(client: RestClient, plan: EntityPlan, ids: readonly ExternalId[]): Promise<FetchedRecords> {
  const { byId } = plan.options;
  const items =
    byId === undefined
      ? (await Promise.all(ids.map((id) => getOne(client, plan, id)))).flat()
      : await lookUp(
          client,
          plan,
          byId,
          ids.map((id) => ({ id })),
        );
  const wanted = new Set<string>(ids);
  return toFetched(client, plan, items, ({ externalId }) => wanted.has(externalId));
}

async function fetchByKeys(
  client: RestClient,
  plan: EntityPlan,
  keys: readonly BusinessKey[],
): Promise<FetchedRecords> {
  const { byKey } = plan.options;
  if (byKey === undefined)
    throw new HubError('HUB_CONFIG_INVALID', `${plan.entity} can't be found by key: name options.byKey.`);
  const values = keys.flatMap((key) => {
    const columns = toKeyColumns(plan.mapping, plan.entity, key);
    return columns.ok && key !== '' ? [columns.value] : [];
  });
  const wanted = new Set<string>(keys);
  return toFetched(client, plan, await lookUp(client, plan, byKey, values), ({ key }) => wanted.has(key));
}

/** Vendors compare texts in their own way (case, accents), so what they find is looked at once more. */
function toFetched(
  client: RestClient,
  plan: EntityPlan,
  items: readonly unknown[],
  isWanted: (record: ReadRecord['observed']) => boolean,
): FetchedRecords {
  const records = new Map<ExternalId, ReadRecord>();
  const rejected: RejectedRecord[] = [];
  for (const item of items) {
    const read = readItem(plan, item, client.redactor);
    if (read.kind === 'rejected') rejected.push(read.rejected);
    else if (read.record.observed.status === 'live' && isWanted(read.record.observed))
      records.set(read.record.observed.externalId, read.record);
  }
  return { records: [...records.values()], rejected };
}

async function getOne(client: RestClient, plan: EntityPlan, id: ExternalId): Promise<readonly unknown[]> {
  const { get, record } = plan.options;
  const path = fillPath(get.path, { id });
  const answer = await client.get({ path, query: fillQuery(get.query, { id }) });
  if (answer.status < 300) return [answer.body];
  if (GONE.has(answer.status)) return [];
  const message = says(`GET ${get.path}`, answer.status, JSON.stringify(answer.body ?? ''), client.redactor);
  throw new HubError('HUB_SOURCE_SCHEMA', `${message}: correct options.get of ${plan.entity}.`, { record });
}

async function lookUp(
  client: RestClient,
  plan: EntityPlan,
  lookup: LookupOptions,
  values: readonly TemplateValues[],
): Promise<readonly unknown[]> {
  const { each, join, batch } = lookup;
  const size = each === undefined ? 1 : batch;
  const batches = Array.from({ length: Math.ceil(values.length / size) }, (_, n) =>
    values.slice(n * size, (n + 1) * size),
  );
  const pages = await Promise.all(
    batches.map(async (some) => {
      const filled = each === undefined ? (some[0] ?? {}) : { each: some.map((one) => fillText(each, one)).join(join) };
      const path = lookup.path === undefined ? undefined : fillPath(lookup.path, filled);
      return (await readItems(client, plan, { path, query: fillQuery(lookup.query, filled) })).items;
    }),
  );
  return pages.flat();
}
