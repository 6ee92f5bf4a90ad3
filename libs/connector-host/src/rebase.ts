import { HubError } from '#kernel';
import { rebase, type Keep, type RoundMirror } from '#mirror';
import { missingRecord, ReadingCommit, type ReadingRule } from './commit-readings.js';
import type { EntityContext, HostContext } from './host-context.js';
import { missingOf, scanPages, type MirroredPage } from './scan.js';

/** How every record of an entity is read again. */
export interface Rebase {
  readonly entity: EntityContext;
  readonly rule: ReadingRule;
  /** Whether somebody has decided about what comes of it, so that the guard does not ask once more. */
  readonly isJudged: boolean;
}

/** Reading again as a person chose for a system that went back in time. */
export function rebaseAsChosen(entity: EntityContext, keep: Keep): Rebase {
  return {
    entity,
    rule: { observe: (row, reading) => rebase(row, reading, entity.traits, keep), isBulk: keep === 'hub' },
    isJudged: true,
  };
}

/**
 * Reads every record of an entity again under another rule, and lets reading changes begin anew. Running it twice changes
 * nothing more.
 * @returns number of records
 * @throws HubError HUB_DATABASE_CONFLICT while somebody's work from before has not ended; try again
 */
export async function rebaseEntity(context: HostContext, mirror: RoundMirror, work: Rebase): Promise<number> {
  const { entity } = work;
  let records = 0;
  for await (const page of scanPages(context, entity, mirror, { from: null, to: null })) {
    await commitPage(context, work, page);
    records += page.records.length;
  }
  await context.store.transaction((tx) => tx.saveCursor(entity.entity, null));
  return records;
}

async function commitPage(context: HostContext, work: Rebase, page: MirroredPage): Promise<void> {
  const { entity, rule, isJudged } = work;
  const { ticket } = page;
  const missing = await findMissing(context, entity, page);
  const readings = { records: [...page.records, ...missing], readAtMs: context.clock.nowMs(), ticket };
  const wereParked = new Set(page.entries.filter(({ row }) => row.parked !== null).map(({ row }) => row.externalId));
  const { queued } = await context.store.transaction(async (tx) => {
    const commit = new ReadingCommit(context, entity, tx, rule);
    await commit.add(readings);
    const counts = await commit.commit(isJudged ? null : context.newId());
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
  const ids = rows.map((row) => row.externalId);
  const { records, rejected } = await connector.fetch(entity, { by: 'externalId', ids });
  const present = new Set<string>([...records, ...rejected].map(({ externalId }) => externalId));
  return rows.filter(({ externalId }) => !present.has(externalId)).map(missingRecord);
}
