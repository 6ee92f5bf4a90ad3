import type { ObservedRecord } from '#connector-sdk';
import type { RoundMirror } from '#mirror';
import { missingRecord, ReadingCommit } from './commit-readings.js';
import { fetchMissing } from './confirm.js';
import type { EntityContext, HostContext } from './host-context.js';
import { groupByTicket, scanEntity, type Candidate } from './scan.js';

/** Changes of a system without a cursor: complete scans, compared with the mirror. One scan is one source batch. */
export class FullScan {
  private caughtUp: number | null = null;

  constructor(
    private readonly context: HostContext,
    private readonly entity: EntityContext,
    private readonly mirror: RoundMirror,
  ) {}

  /** When the last complete scan began; milliseconds since 1970. */
  get caughtUpAtMs(): number | null {
    return this.caughtUp;
  }

  /** Scans once and commits what differs. @returns false: the next scan comes after the pause */
  async run(): Promise<boolean> {
    const { context, entity } = this;
    const startedAtMs = context.clock.nowMs();
    const { candidates } = await scanEntity(context, entity, this.mirror);
    const present = await fetchMissing(context, entity, candidates);
    const readAtMs = context.clock.nowMs();
    await context.store.transaction(async (tx) => {
      const commit = new ReadingCommit(context, entity, tx);
      const groups = groupByTicket(candidates).map((group) => ({
        records: group.flatMap((candidate) => toReading(candidate, present)),
        ticket: group[0].ticket,
      }));
      await commit.hold(groups.map(({ records }) => records));
      for (const group of groups) await commit.add({ ...group, readAtMs });
      await commit.commit(context.newId());
      await tx.saveCursor(entity.entity, null);
    });
    context.wake.outbox();
    context.wake.writer(entity.entity);
    await context.store.saveScanCompleted(entity.entity);
    this.caughtUp = startedAtMs;
    return false;
  }
}

function toReading({ difference, record }: Candidate, present: ReadonlySet<string>): ObservedRecord[] {
  if (record) return [record];
  const { externalId, key } = difference;
  return key === null || present.has(externalId) ? [] : [missingRecord({ externalId, key })];
}
