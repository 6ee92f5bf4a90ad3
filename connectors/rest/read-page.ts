import { HubError } from '#kernel';
import type { RestAnswer, RestClient } from './client.js';
import type { EntityPlan } from './entity-plan.js';
import type { PagingOptions } from './entity-options.js';
import { says } from './answer-errors.js';
import { readPath } from './json.js';
import { START, toNextPage, toPageRequest, type PagingState, type PagingStep } from './paging.js';
import { idOf } from './records.js';

/** A list as it is asked. */
export interface ListRequest {
  readonly query: Readonly<Record<string, string>>;
  readonly paging: PagingOptions;
  /** Path of the number of all records in the answer. */
  readonly total?: string | undefined;
}

/** One page of a list. */
export interface ListPage {
  readonly items: readonly unknown[];
  readonly step: PagingStep;
  /** The vendor's own time of the answer (second precision); null where it tells none. */
  readonly serverMs: number | null;
  /** How many records the list has in all; null where the vendor does not say. */
  readonly total: number | null;
}

/** Requests without a new row after which a list that moves is given up. */
const MAX_STALLED = 200;

/** Items of a list by a plain query. @throws HubError HUB_SOURCE_SCHEMA where the answer has not the declared shape */
export async function readItems(
  client: RestClient,
  plan: EntityPlan,
  request: { readonly path?: string | undefined; readonly query: Readonly<Record<string, string>> },
): Promise<{ readonly items: readonly unknown[]; readonly answer: RestAnswer }> {
  const path = request.path ?? plan.path;
  const answer = await client.get({ path, query: request.query });
  if (answer.status >= 300) {
    const words = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? '');
    const message = `${says(`GET ${path}`, answer.status, words, client.redactor)}: correct source, query or paging of ${plan.entity}.`;
    throw new HubError('HUB_SOURCE_SCHEMA', message, { status: answer.status });
  }
  const items = readPath(answer.body, plan.options.records);
  if (Array.isArray(items)) return { items, answer };
  const where = plan.options.records === '' ? 'as its answer' : `at "${plan.options.records}"`;
  throw new HubError(
    'HUB_SOURCE_SCHEMA',
    `GET ${path} has no array ${where}: correct options.records of ${plan.entity}.`,
  );
}

/** The page at this state, and what follows it. */
export async function readPage(
  client: RestClient,
  plan: EntityPlan,
  { query, paging, total }: ListRequest,
  state: PagingState,
): Promise<ListPage> {
  const request = toPageRequest(paging, state);
  // An address that the vendor gave carries the query already.
  const target =
    request.address === undefined ? { query: { ...query, ...request.query } } : { path: request.address, query: {} };
  const { items, answer } = await readItems(client, plan, target);
  const step = toNextPage(paging, state, {
    ids: items.map((item) => idOf(plan, item)),
    body: answer.body,
    link: answer.headers['link'],
  });
  const serverMs = Date.parse(answer.headers['date'] ?? '');
  const told = total === undefined ? undefined : readPath(answer.body, total);
  return {
    ...{ items, step, serverMs: Number.isNaN(serverMs) ? null : serverMs },
    total: typeof told === 'number' && Number.isInteger(told) ? told : null,
  };
}

/**
 * Hands every item of a list to `take`, each id at least once whatever changes meanwhile. A row that stays is not missed;
 * `take` tells whether the item was new to it.
 *
 * @throws HubError HUB_SCAN_INCOMPLETE where the vendor's paging does not come to an end
 */
export async function readWholeList(
  client: RestClient,
  plan: EntityPlan,
  request: ListRequest,
  take: (item: unknown) => boolean,
): Promise<void> {
  let state: PagingState = START;
  let stalled = 0;
  while (stalled < MAX_STALLED) {
    const { items, step } = await readPage(client, plan, request, state);
    const isNew = items.map(take).some(Boolean);
    stalled = isNew ? 0 : stalled + 1;
    if (step.kind === 'end') return;
    if (step.kind === 'broken') break;
    state = step.state;
  }
  const message = `The pages of ${plan.path} go in a circle: see options.list.paging of ${plan.entity}, and its order.`;
  throw new HubError('HUB_SCAN_INCOMPLETE', message, { entity: plan.entity });
}
