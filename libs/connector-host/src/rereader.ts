import type { FetchResult, FetchSelector, ObservedRecord } from '#connector-sdk';
import type { LockedRow } from '#mirror';
import { ReadingCommit } from './commit-readings.js';
import type { EntityContext, HostContext } from './host-context.js';

/**
 * Reads rows again under their lease: those whose page reading may have been stale, and those whose write has an unknown
 * outcome. Nobody else reads or writes them meanwhile, so this reading counts.
 * @returns the number of rows read
 */
export async function rereadOnce(context: HostContext, entity: EntityContext): Promise<number> {
  const { store, settings, clock, owners } = context;
  const lease = { owner: owners.rereader, forMs: settings.leaseMs };
  const rows = await store.transaction((tx) => tx.leaseRereads(entity.entity, settings.pageSize, lease, clock.nowMs()));
  if (rows.length === 0) return 0;
  context.failpoint('rereader:rows-leased');
  const ticket = await store.drawTicket();
  const readAtMs = clock.nowMs();
  const { found, unreadable } = await fetchOrRelease(context, entity, rows);
  context.failpoint('rereader:rows-read');
  const readable = rows.map(({ id }) => id).filter((id) => !unreadable.has(id));
  const counts = await store.transaction(async (tx) => {
    const commit = new ReadingCommit(context, entity, tx);
    await commit.addLeased(readable, { found, readAtMs, ticket });
    return commit.commit(context.newId());
  });
  context.failpoint('rereader:committed');
  if (counts.authored > 0) context.wake.outbox();
  context.wake.writer(entity.entity);
  return rows.length;
}

interface Fetched {
  readonly found: ReadonlyMap<bigint, ObservedRecord>;
  /** Rows whose record is there but can't be mapped: they keep their lease, and are tried again when it ends. */
  readonly unreadable: ReadonlySet<bigint>;
}

/** When the system can't be read, the rows are free for the next try at once, and not only when the lease ends. */
async function fetchOrRelease(
  context: HostContext,
  entity: EntityContext,
  rows: readonly LockedRow[],
): Promise<Fetched> {
  try {
    return await fetchRows(context, entity, rows);
  } catch (error) {
    const ids = rows.map(({ id }) => id);
    await context.store.transaction(async (tx) => {
      const locked = await tx.lockRows(entity.entity, { ids }, null, context.owners.rereader);
      const own = locked.filter(({ leased }) => !leased);
      const kept = { differs: 'keep', moves: false, lease: 'release' } as const;
      await tx.save(own.map(({ id, row }) => ({ id, before: row, row, ...kept })));
    });
    throw error;
  }
}

/** The records of the rows: by external id, or by key where a create has an unknown outcome. */
export async function fetchRows(
  context: HostContext,
  entity: EntityContext,
  rows: readonly LockedRow[],
): Promise<Fetched> {
  const ids = rows.flatMap(({ row }) => (row.externalId === null ? [] : [row.externalId]));
  const keys = rows.flatMap(({ row }) => (row.externalId === null ? [row.key] : []));
  const none: FetchResult = { records: [], rejected: [] };
  const fetch = (selector: FetchSelector): Promise<FetchResult> => context.connector.fetch(entity.entity, selector);
  const byId = ids.length > 0 ? await fetch({ by: 'externalId', ids }) : none;
  const byKey = keys.length > 0 ? await fetch({ by: 'key', keys }) : none;
  const recordsById = new Map(byId.records.map((record) => [record.externalId, record]));
  const recordsByKey = new Map(byKey.records.map((record) => [record.key, record]));
  const rejected = new Set([...byId.rejected, ...byKey.rejected].map(({ externalId }) => externalId));
  const found = new Map<bigint, ObservedRecord>();
  const unreadable = new Set<bigint>();
  for (const { id, row } of rows) {
    const record = row.externalId === null ? recordsByKey.get(row.key) : recordsById.get(row.externalId);
    if (record) found.set(id, record);
    else if (rejected.has(row.externalId ?? row.key)) unreadable.add(id);
  }
  return { found, unreadable };
}
