import { differingFields } from '#canonical';
import type { EntityMapping, ObservedRecord, RecordWrite, WriteOutcome } from '#connector-sdk';
import type { Entity } from '#contracts';
import { toHubError } from '#kernel';
import type { Article, ArticleClient, Written } from './client.js';
import { toArticleValues, toObserved } from './mapping.js';

/** What the writes of one page share. */
export interface ApplyTarget {
  readonly client: ArticleClient;
  readonly entity: Entity;
  readonly mapping: EntityMapping;
}

/** Writes one record after the other, each only if the article still has the version that the hub expects. */
export async function applyWrites(target: ApplyTarget, writes: readonly RecordWrite[]): Promise<WriteOutcome[]> {
  const ids = writes.flatMap(({ externalId }) => externalId ?? []);
  const articles = ids.length === 0 ? [] : await target.client.find({ ids });
  const current = new Map(articles.map((article) => [article.id, article]));
  const outcomes: WriteOutcome[] = [];
  for (const write of writes) outcomes.push(await applyOne(target, write, current.get(write.externalId ?? '')));
  return outcomes;
}

/** A write that is not answered may have landed; what an operator must mend is thrown, for it is no record's fault. */
async function applyOne(target: ApplyTarget, write: RecordWrite, article?: Article): Promise<WriteOutcome> {
  const decided = decide(target, write, article);
  if (decided !== 'send') return decided;
  try {
    return toOutcome(target, write, await send(target, write));
  } catch (error) {
    const { disposition, message } = toHubError(error);
    if (disposition !== 'retry') throw error;
    return { kind: 'unknown', reason: message };
  }
}

/** What is clear without a write: nothing to delete, gone, changed by others, or already so. */
function decide({ entity, mapping }: ApplyTarget, write: RecordWrite, article?: Article): WriteOutcome | 'send' {
  if (write.operation === 'create') return 'send';
  if (!article)
    return write.operation === 'delete' ? { kind: 'unchanged', stored: null } : { kind: 'conflict', current: null };
  const current = toObserved(entity, mapping, article);
  if ('reason' in current) return { kind: 'rejected', reason: current.reason };
  if (write.expectedVersion !== null && current.version !== write.expectedVersion) return { kind: 'conflict', current };
  if (write.operation === 'delete') return 'send';
  const isSame = differingFields(current.fields, { ...current.fields, ...write.fields }).length === 0;
  return isSame ? { kind: 'unchanged', stored: current } : 'send';
}

async function send({ client, entity, mapping }: ApplyTarget, write: RecordWrite): Promise<Written> {
  const { operation, externalId, expectedVersion } = write;
  if (operation === 'delete') return client.remove(externalId ?? '', expectedVersion);
  const values = toArticleValues(entity, mapping, write);
  if (!values.ok) return { status: 422, article: undefined, reason: values.reason };
  return operation === 'create'
    ? client.create(values.values)
    : client.update(externalId ?? '', expectedVersion, values.values);
}

function toOutcome(target: ApplyTarget, write: RecordWrite, { status, article, reason }: Written): WriteOutcome {
  if (status === 404)
    return write.operation === 'delete' ? { kind: 'unchanged', stored: null } : { kind: 'conflict', current: null };
  if (!article) return { kind: 'rejected', reason: reason ?? `the service answered ${status}` };
  const record = toObserved(target.entity, target.mapping, article);
  const isTaken = status === 409 || status === 412;
  if (!('reason' in record)) return isTaken ? { kind: 'conflict', current: record } : toApplied(record);
  return { kind: isTaken ? 'rejected' : 'unknown', reason: `it reads back as unmappable: ${record.reason}` };
}

function toApplied(stored: ObservedRecord): WriteOutcome {
  return { kind: 'applied', stored };
}
