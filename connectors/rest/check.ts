import { checkMapping, type CheckReport, type DiscoveredEntity } from '#connector-sdk';
import { HubError, toHubError } from '#kernel';
import type { RestClient } from './client.js';
import type { RestConfig } from './config.js';
import type { EntityPlan } from './entity-plan.js';
import { isObject, readPath, type JsonObject } from './json.js';
import { START } from './paging.js';
import { readPage } from './read-page.js';
import { readItem, timeTextOf, toInstant } from './records.js';

/** Whether the API is there, takes the credentials, and answers in the declared shape. One sentence for each thing wrong. */
export async function checkApi(
  client: RestClient,
  config: RestConfig,
  plans: readonly EntityPlan[],
): Promise<CheckReport> {
  const problems = plans.flatMap(({ entity, mapping, descriptor }) =>
    checkMapping(mapping, descriptor).map((problem) => `${entity}: ${problem}`),
  );
  const findings = [await findError(() => client.probe())];
  for (const plan of plans) if (findings.every(isAnswer)) findings.push(await checkEntity(client, plan, problems));
  const errors = findings.filter((error) => error !== null);
  const crash = errors.find(({ disposition }) => disposition === 'crash');
  if (crash) throw crash;
  const canWrite = errors.length === 0 && plans.every(({ options }) => options.update ?? options.create);
  return {
    reachable: findings.every(isAnswer),
    version: `HTTP API at ${new URL(config.baseUrl).host}`,
    canWrite,
    problems: [...problems, ...new Set(errors.map(({ message }) => message))],
  };
}

/** The declared entities, with the fields that their first record shows. */
export async function discoverEntities(
  client: RestClient,
  plans: readonly EntityPlan[],
): Promise<readonly DiscoveredEntity[]> {
  return Promise.all(
    plans.map(async (plan) => {
      const { items } = await readPage(client, plan, plan.options.list, START);
      const raw = readPath(items[0], plan.options.record);
      return { name: plan.path, fields: isObject(raw) ? fieldsOf(raw, items, plan) : [], approximateCount: null };
    }),
  );
}

async function checkEntity(client: RestClient, plan: EntityPlan, problems: string[]): Promise<HubError | null> {
  return findError(async () => {
    const { items } = await readPage(client, plan, plan.options.list, START);
    const [first] = items;
    if (first === undefined) return; // an empty list shows no shape
    const read = readItem(plan, first, client.redactor);
    if (read.kind === 'rejected')
      problems.push(`${plan.entity}: the first record does not fit: ${read.rejected.reason}`);
    if (plan.options.updated !== undefined && toInstant(plan, timeTextOf(plan, first)) === null)
      problems.push(`${plan.entity}: options.updated: the first record has no time at "${plan.options.updated.path}"`);
  });
}

async function findError(work: () => Promise<void>): Promise<HubError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return toHubError(error);
  }
}

/** Whether the API was reached: it may well have refused. */
function isAnswer(error: HubError | null): boolean {
  if (error === null) return true;
  return (
    error.code !== 'HUB_SOURCE_UNREACHABLE' && error.code !== 'HUB_SOURCE_TIMEOUT' && error.details['sent'] !== false
  );
}

function fieldsOf(first: JsonObject, items: readonly unknown[], plan: EntityPlan): DiscoveredEntity['fields'] {
  return Object.entries(first).map(([name, value]) => ({
    name,
    type: typeOf(value),
    nullable: items.some((item) => {
      const raw = readPath(item, plan.options.record);
      return !isObject(raw) || raw[name] === null || raw[name] === undefined;
    }),
  }));
}

function typeOf(value: unknown): string {
  if (value === null) return 'unknown';
  return Array.isArray(value) ? 'array' : typeof value;
}
