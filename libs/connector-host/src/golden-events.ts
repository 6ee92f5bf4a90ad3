import type { GoldenEvent } from '#contracts';
import type { BusinessKey } from '#kernel';
import { emptyRow, receiveGolden, type LockedRow, type RowChange } from '#mirror';
import { differsOf } from './commit-readings.js';
import type { EntityContext, HostContext } from './host-context.js';

/** Golden events of one partition, in offset order. */
export interface GoldenPage {
  readonly topic: string;
  readonly partition: number;
  readonly events: readonly { readonly offset: bigint; readonly event: GoldenEvent; readonly bulk: boolean }[];
  /** Offset after the last message of the page. */
  readonly nextOffset: bigint;
}

/**
 * Stores golden records in their mirror rows with the applied offset, in one transaction; writing is the writer's.
 * Applying a page again changes nothing.
 */
export async function applyGoldenPage(context: HostContext, entity: EntityContext, page: GoldenPage): Promise<void> {
  await context.store.transaction(async (tx) => {
    const applied = await tx.offsets.lock(page.topic, page.partition);
    if (page.nextOffset <= applied) return;
    const latest = new Map<BusinessKey, GoldenPage['events'][number]>();
    for (const item of page.events) if (item.offset >= applied) latest.set(item.event.key, item);
    const keys = [...latest.keys()];
    const locked = keys.length === 0 ? [] : await tx.lockRows(entity.entity, { keys }, null, context.owners.reader);
    await tx.save(toChanges(context, entity, latest, locked));
    await tx.offsets.advance({ topic: page.topic, partition: page.partition, nextOffset: page.nextOffset });
    context.failpoint('golden:page-stored');
  });
  context.failpoint('golden:committed');
  context.wake.writer(entity.entity);
}

function toChanges(
  context: HostContext,
  entity: EntityContext,
  latest: ReadonlyMap<BusinessKey, GoldenPage['events'][number]>,
  locked: readonly LockedRow[],
): RowChange[] {
  const byKey = new Map<BusinessKey, LockedRow[]>();
  for (const row of locked) byKey.set(row.row.key, [...(byKey.get(row.row.key) ?? []), row]);
  return [...latest].flatMap(([key, { event, bulk }]) => {
    const targets = byKey.get(key) ?? [{ id: null, row: emptyRow(entity.entity, key, null) }];
    return targets.flatMap(({ id, row: old }) => {
      const row = receiveGolden(old, event, context.system);
      if (row === old) return [];
      const before = id === null ? null : old;
      return [{ id, before, row, differs: differsOf(entity, row), moves: false, lease: 'keep' as const, bulk }];
    });
  });
}
