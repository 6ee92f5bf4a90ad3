import type { GoldenEvent } from '#contracts';
import { HubError, type BusinessKey } from '#kernel';
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

/** Stores golden records in their mirror rows; writing is the writer's. */
export class GoldenIntake {
  /** Where this process left each partition. */
  private readonly applied = new Map<string, bigint>();

  constructor(private readonly context: HostContext) {}

  /**
   * Stores a page with its applied offset, in one transaction. Applying a page again changes nothing.
   * @throws HubError HUB_DATABASE_OLD when the database went back in time under this process, whose consumer is further
   *   than the database by then; HUB_DATABASE_*; nothing happened then
   */
  async applyPage(entity: EntityContext, page: GoldenPage): Promise<void> {
    const { context } = this;
    await context.store.transaction(async (tx) => {
      const next = await tx.offsets.lock(page.topic, page.partition);
      this.assertForward(page, next);
      if (page.nextOffset <= next) return;
      const latest = new Map<BusinessKey, GoldenPage['events'][number]>();
      for (const item of page.events) if (item.offset >= next) latest.set(item.event.key, item);
      const keys = [...latest.keys()];
      const locked = keys.length === 0 ? [] : await tx.lockRows(entity.entity, { keys }, null, context.owners.reader);
      await tx.save(toChanges(context, entity, latest, locked));
      await tx.offsets.advance({ topic: page.topic, partition: page.partition, nextOffset: page.nextOffset });
      context.failpoint('golden:page-stored');
    });
    this.applied.set(`${page.topic}/${page.partition}`, page.nextOffset);
    context.failpoint('golden:committed');
    context.wake.writer(entity.entity);
  }

  private assertForward({ topic, partition }: GoldenPage, next: bigint): void {
    const left = this.applied.get(`${topic}/${partition}`) ?? 0n;
    if (next >= left) return;
    const what = 'The database went back in time while this process ran.';
    throw new HubError('HUB_DATABASE_OLD', what, { topic, partition, next, left });
  }
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
