import type { FetchResult, FetchSelector } from '#connector-sdk';
import type { BusinessKey, ExternalId } from '#kernel';
import { UUID, type AccountsApi, type Row } from './api.js';
import type { EntityPlan } from './entity-plan.js';
import { inParallel } from './in-parallel.js';
import { toRecord, toRecords } from './mapping.js';

/** Reads records now, one request each. */
export async function fetchRecords(api: AccountsApi, plan: EntityPlan, selector: FetchSelector): Promise<FetchResult> {
  if (selector.by === 'externalId') return fetchByIds(api, plan, selector.ids);
  return fetchByKeys(api, plan, selector.keys);
}

async function fetchByIds(api: AccountsApi, plan: EntityPlan, ids: readonly ExternalId[]): Promise<FetchResult> {
  const possible = [...new Set(ids)].filter((id) => UUID.test(id));
  const rows = await inParallel(possible, (id) => api.find(id));
  return toRecords(
    plan,
    rows.filter((row) => row !== null),
  );
}

/** The CRM finds an empty text everywhere. */
async function fetchByKeys(api: AccountsApi, plan: EntityPlan, keys: readonly BusinessKey[]): Promise<FetchResult> {
  const wanted = [...new Set(keys)].filter((key) => key !== '');
  const found = await inParallel(wanted, (key) => findByKey(api, plan, key));
  return toRecords(plan, found.flat());
}

/** Accounts with exactly this key, and those that have it but can't be mapped. */
export async function findByKey(api: AccountsApi, plan: EntityPlan, key: BusinessKey): Promise<readonly Row[]> {
  const rows = await api.findByCustomField(plan.keyField, key);
  return rows.filter((row) => {
    const record = toRecord(plan, row);
    return 'reason' in record || record.key === key;
  });
}
