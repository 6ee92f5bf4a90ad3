import { HubError } from '#kernel';
import type { Keep, RoundMirror } from '#mirror';
import { missingRecord, ReadingCommit } from './commit-readings.js';
import type { EntityContext, HostContext } from './host-context.js';
import { missingOf, scanPages, type MirroredPage } from './scan.js';

/**
 * Reads every record of an entity again after a person chose whose state counts, and begins reading changes anew.
 * Running it twice changes nothing more.
 * @throws HubError HUB_DATABASE_CONFLICT while somebody's work from before has not ended; try again
 */
export async function rebaseEntity(
  context: HostContext,
  entity: EntityContext,
  mirror: RoundMirror,
  keep: Keep,
): Promise<number> {
  let records = 0;
  for await (const page of scanPages(context, entity, mirror, { from: null, to: null })) {
    await commitPage(context, entity, page, keep);
    records += page.records.length;
  }
  await context.store.transaction((tx) => tx.saveCursor(entity.entity, null));
  return records;
}

async function commitPage(context: HostContext, entity: EntityContext, page: MirroredPage, keep: Keep): Promise<void> {
  const { ticket } = page;
  const missing = await findMissing(context, entity, page);
  const readings = { records: [...page.records, ...missing], readAtMs: context.clock.nowMs(), ticket };
  const wereParked = new Set(page.entries.filter(({ row }) => row.parked !== null).map(({ row }) => row.externalId));
  const { queued } = await context.store.transaction(async (tx) => {
    const commit = new ReadingCommit(context, entity, tx, keep);
    await commit.add(readings);
    // a person decided about the whole of it, so the guard does not ask once more
    const counts = await commit.commit(null);
    const told = page.records.map(({ externalId }) => externalId).filter((id) => !wereParked.has(id));
    await tx.clearSetAside(entity.entity, told, 'parked');
    return counts;
  });
  context.wake.outbox();
  if (queued === 0) return;
  throw new HubError('HUB_DATABASE_CONFLICT', `${queued} rows are still leased by work from before; read again.`, {
    system: context.system,
    entity: entity.entity,
  });
}

/** Absence is learned only from a complete scan plus a direct read. */
async function findMissing(
  { connector }: HostContext,
  { entity }: EntityContext,
  page: MirroredPage,
): Promise<ReturnType<typeof missingRecord>[]> {
  const rows = missingOf(page);
  if (rows.length === 0) return [];
  const { records, rejected } = await connector.fetch(entity, {
    by: 'externalId',
    ids: rows.map((row) => row.externalId),
  });
  const present = new Set<string>([...records, ...rejected].map(({ externalId }) => externalId));
  return rows.filter(({ externalId }) => !present.has(externalId)).map(missingRecord);
}

/**
 * One look at a restored system: does what a person chose, one entity after the other, and ends it when all is written.
 * @returns true when the system is trusted or pushed again since this call: its loops should begin anew
 */
export async function settleRestored(context: HostContext, mirror: RoundMirror): Promise<boolean> {
  const { restored, entities, logger } = context;
  const before = restored.phase;
  await restored.refresh();
  const keep = restored.current?.keep;
  if (restored.phase === 'rebasing' && keep) {
    for (const entity of entities.values()) {
      const records = await rebaseEntity(context, entity, mirror, keep);
      logger.info({ entity: entity.entity, records, keep }, 'restored system: records read again');
    }
    await restored.noteRebased();
  } else if (restored.phase === 'pushing') await restored.noteWritten();
  return restored.phase !== before && (restored.phase === 'trusted' || restored.phase === 'pushing');
}
