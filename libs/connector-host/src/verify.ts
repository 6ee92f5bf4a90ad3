import type { ObservedRecord } from '#connector-sdk';
import type { ExternalId } from '#kernel';
import type { MergedEntry, MirrorEntry, RoundMirror, StoredDifference } from '#mirror';
import type { EntityContext, HostContext } from './host-context.js';
import { compareRecord } from './scan.js';

/** What a direct read says of one difference of a round. */
export interface Verified {
  readonly externalId: ExternalId;
  readonly verdict: 'fixed' | 'pending' | { readonly why: string };
}

function verdictOf(
  entity: EntityContext,
  entry: MergedEntry | undefined,
  record: ObservedRecord | undefined,
): Verified['verdict'] {
  if (!entry) return { why: 'the mirror has no row of this key' };
  const { row } = entry;
  if (row.parked !== null) return { why: row.parked };
  if (!isSettled(entry)) return 'pending';
  if (!record) return row.observation?.status === 'live' ? { why: 'the record is still missing' } : 'fixed';
  return compareRecord(entity, record, entry) === null ? 'fixed' : { why: 'the record differs from its mirror again' };
}

/** Whether nothing is under way for the row, on either arrow. */
function isSettled(entry: MergedEntry): boolean {
  return !entry.moved && !entry.isDue && !isBusy(entry) && entry.isMerged;
}

/** Whether a write of ours, or a second read, is under way. */
export function isBusy({ hasIntent, leased }: MirrorEntry): boolean {
  return hasIntent || leased;
}

/** Reads the records of a round again: which equal their desired state now? */
export async function verifyPage(
  {
    context,
    entity,
    mirror,
  }: { readonly context: HostContext; readonly entity: EntityContext; readonly mirror: RoundMirror },
  page: readonly StoredDifference[],
): Promise<Verified[]> {
  const ticket = await context.store.drawTicket();
  const keys = page.flatMap(({ key }) => (key === null ? [] : [key]));
  const { records } = await context.connector.fetch(entity.entity, { by: 'key', keys });
  const rows = await mirror.findRowsByKeys(entity.entity, keys, ticket);
  const recordByKey = new Map(records.map((record) => [record.key, record]));
  const rowByKey = new Map(rows.map((entry) => [entry.row.key, entry]));
  return page.map(({ externalId, key }) => ({
    externalId,
    verdict: key === null ? 'fixed' : verdictOf(entity, rowByKey.get(key), recordByKey.get(key)),
  }));
}
