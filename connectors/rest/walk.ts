import type { RejectedRecord, WalkPage } from '#connector-sdk';
import { HubError } from '#kernel';
import type { RestClient } from './client.js';
import type { EntityPlan } from './entity-plan.js';
import { readPage } from './read-page.js';
import { pagingStateSchema, START, type PagingState } from './paging.js';
import { readItem, type ReadRecord } from './records.js';

/** Answers to a page that was asked from a place the vendor gave or knew before. */
const GONE = new Set([400, 404, 410, 422]);

/** The page of the list at a cursor, in the order of the vendor. The cursor is where paging stands, as JSON. */
export async function walkPage(client: RestClient, plan: EntityPlan, cursor: string | null): Promise<WalkPage> {
  const state = stateOf(cursor);
  const page = await readPage(client, plan, plan.options.list, state).catch((error: unknown) => {
    throw cursor === null ? error : toExpired(error, plan);
  });
  if (page.step.kind === 'broken')
    throw new HubError(
      'HUB_SCAN_INCOMPLETE',
      `The pages of ${plan.path} go in a circle: see options.list.paging of ${plan.entity}, and its order.`,
      { entity: plan.entity },
    );
  // a stranger who is answered with an empty list must not be taken for a system without records
  if (page.step.kind === 'end') await client.probe();
  const next = page.step.kind === 'end' ? null : JSON.stringify(page.step.state);
  return { ...readItems(client, plan, page.items), cursor: next, total: page.total };
}

function readItems(
  client: RestClient,
  plan: EntityPlan,
  items: readonly unknown[],
): Pick<WalkPage, 'records' | 'rejected'> {
  const records = new Map<string, ReadRecord['observed']>();
  const rejected: RejectedRecord[] = [];
  for (const item of items) {
    const read = readItem(plan, item, client.redactor);
    if (read.kind === 'rejected') rejected.push(read.rejected);
    else if (read.record.observed.status === 'live') records.set(read.record.observed.externalId, read.record.observed);
  }
  return { records: [...records.values()], rejected };
}

/** @throws HubError HUB_SCAN_CURSOR_EXPIRED for a cursor of another release */
function stateOf(cursor: string | null): PagingState {
  if (cursor === null) return START;
  const state = pagingStateSchema.safeParse(JSON.parse(cursor));
  if (state.success) return state.data;
  throw new HubError('HUB_SCAN_CURSOR_EXPIRED', 'The place of the scan was stored by another release.');
}

function toExpired(error: unknown, { path }: EntityPlan): unknown {
  const status = error instanceof HubError ? error.details['status'] : undefined;
  if (typeof status !== 'number' || !GONE.has(status)) return error;
  const message = `GET ${path} does not take the place of the scan any more (${status}).`;
  return new HubError('HUB_SCAN_CURSOR_EXPIRED', message, { status }, { cause: error });
}
