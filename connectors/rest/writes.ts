import type { RecordWrite, WriteOutcome } from '#connector-sdk';
import { HubError, toHubError } from '#kernel';
import { says } from './answer-errors.js';
import type { RestAnswer, RestClient } from './client.js';
import type { EntityPlan } from './entity-plan.js';
import { fetchRecords } from './fetch.js';
import { readPath } from './json.js';
import { readItem, type ReadItem, type ReadRecord } from './records.js';
import { fillJson, fillPath, fillQuery } from './template.js';
import { decideWrite, isRefusal, toUnwritten, toValues, type WriteValues } from './write-decision.js';

/** Answers that may mean "someone else was first" as well as "these values are bad"; reading the record tells. */
const DOUBTFUL = new Set([400, 404, 409, 410, 412, 422, 428]);

/** What the system holds now: records by external id or key, and external ids of those that can't be read, with why. */
interface Current {
  readonly records: ReadonlyMap<string, ReadRecord>;
  readonly unreadable: ReadonlyMap<string, string>;
}

/** Writes one by one, as many at once as the budget allows; each looks at the record before, and answers for itself. */
export async function applyWrites(
  client: RestClient,
  plan: EntityPlan,
  writes: readonly RecordWrite[],
): Promise<readonly WriteOutcome[]> {
  if (writes.length === 0) return [];
  const current = await readCurrent(client, plan, writes);
  // Settled, not merely all: an error of one must not leave the others under way.
  const settled = await Promise.allSettled(writes.map((write) => applyOne(client, plan, write, current)));
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}

/** By external id for updates and deletes, by key for creates. */
async function readCurrent(client: RestClient, plan: EntityPlan, writes: readonly RecordWrite[]): Promise<Current> {
  const ids = writes.flatMap(({ externalId }) => externalId ?? []);
  const keys = writes.filter(({ externalId }) => externalId === null).map(({ key }) => key);
  const none = { records: [], rejected: [] };
  const [byId, byKey] = await Promise.all([
    ids.length > 0 ? fetchRecords(client, plan, { by: 'externalId', ids }) : none,
    keys.length > 0 ? fetchRecords(client, plan, { by: 'key', keys }) : none,
  ]);
  return {
    records: new Map([
      ...byId.records.map((record) => [String(record.observed.externalId), record] as const),
      ...byKey.records.map((record) => [String(record.observed.key), record] as const),
    ]),
    unreadable: new Map(byId.rejected.map(({ externalId, reason }) => [externalId, reason])),
  };
}

async function applyOne(
  client: RestClient,
  plan: EntityPlan,
  write: RecordWrite,
  { records, unreadable }: Current,
): Promise<WriteOutcome> {
  const unread = unreadable.get(write.externalId ?? '');
  if (unread !== undefined) return { kind: 'rejected', reason: `the record can't be read: ${unread}` };
  const current = records.get(write.externalId ?? write.key);
  const values = toValues(plan, write, current);
  if (isRefusal(values)) return { kind: 'rejected', reason: values.reason };
  const decided = decideWrite(plan, write, current?.observed);
  if (decided !== null) return decided;
  try {
    const answer = await send(client, plan, write, values);
    return await settle(client, plan, { write, current, answer });
  } catch (error) {
    return toUnanswered(toHubError(error));
  }
}

/** What an operator must put right, and our own bugs, are no outcome of a record. */
function toUnanswered(error: HubError): WriteOutcome {
  if (error.disposition !== 'retry') throw error;
  return { kind: 'unknown', reason: error.message };
}

function send(client: RestClient, plan: EntityPlan, write: RecordWrite, values: WriteValues): Promise<RestAnswer> {
  const options = plan.options[write.operation];
  if (options === undefined)
    throw new HubError('HUB_CONFIG_INVALID', `${plan.entity}: options.${write.operation} is not declared.`);
  return client.write({
    method: options.method,
    path: fillPath(options.path, values),
    query: fillQuery(options.query, values),
    headers: fillQuery(options.headers, values),
    ...(options.body === undefined ? {} : { body: fillJson(options.body, values) }),
  });
}

interface Answered {
  readonly write: RecordWrite;
  readonly current: ReadRecord | undefined;
  readonly answer: RestAnswer;
}

async function settle(client: RestClient, plan: EntityPlan, answered: Answered): Promise<WriteOutcome> {
  const { write, current, answer } = answered;
  if (answer.status < 300) return toApplied(client, plan, answered);
  const now = DOUBTFUL.has(answer.status) ? await readAgain(client, plan, write) : current;
  const words = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? '');
  return toUnwritten(write, now?.observed, says(`The ${write.operation}`, answer.status, words, client.redactor));
}

async function readAgain(client: RestClient, plan: EntityPlan, write: RecordWrite): Promise<ReadRecord | undefined> {
  const { externalId, key } = write;
  const selector =
    externalId === null ? ({ by: 'key', keys: [key] } as const) : ({ by: 'externalId', ids: [externalId] } as const);
  return (await fetchRecords(client, plan, selector)).records[0];
}

async function toApplied(client: RestClient, plan: EntityPlan, answered: Answered): Promise<WriteOutcome> {
  const { write, current, answer } = answered;
  if (write.operation === 'delete') return toDeleted(current);
  const read = readReturned(client, plan, write.operation, answer);
  if (read?.kind === 'record') return { kind: 'applied', stored: read.record.observed };
  const stored = await readAgain(client, plan, write);
  if (stored) return { kind: 'applied', stored: stored.observed };
  const why = read?.kind === 'rejected' ? read.rejected.reason : 'it is not found';
  return { kind: 'unknown', reason: `written, but it can't be read back: ${why}` };
}

/** The record in the answer of a write, where the vendor gives one. */
function readReturned(
  client: RestClient,
  plan: EntityPlan,
  operation: 'create' | 'update',
  answer: RestAnswer,
): ReadItem | null {
  const returns = plan.options[operation]?.returns ?? null;
  const item = returns === null ? undefined : readPath(answer.body, returns);
  return item === undefined ? null : readItem(plan, item, client.redactor);
}

function toDeleted(current: ReadRecord | undefined): WriteOutcome {
  if (current === undefined) return { kind: 'unchanged', stored: null };
  return { kind: 'applied', stored: { ...current.observed, status: 'deleted', fields: {}, version: null } };
}
