import type { ContributionEvent, Entity, GoldenEvent, MergedUpTo } from '#contracts';
import type { SurvivorshipPolicy } from '#hub-file';
import type { BusinessKey, SystemId } from '#kernel';
import { agree } from './agree.js';
import { applyContribution, isNewer, type Contribution } from './contribution.js';
import type { GoldenRecord } from './golden.js';
import type { GoldenMergerOptions } from './golden-merger.options.js';
import { toMessages } from './golden-messages.js';
import type { GoldenTransaction, KeyRecord } from './ports.js';

/** The last event of a key on golden's topics. */
export interface PublishedHead {
  readonly event: GoldenEvent;
  /** False when only the history topic has it: golden was killed between the two. */
  readonly isOnState: boolean;
}

/**
 * Brings golden's database to what golden had published, where the database was restored from a backup (ADR 9). Each
 * method is one transaction under the keys' locks, never takes anything back, and may be repeated. Call them in their
 * order; nothing else may read change topics or publish meanwhile.
 */
export class GoldenTakeOver {
  constructor(private readonly options: Pick<GoldenMergerOptions, 'store' | 'encoder' | 'topics'>) {}

  /** How many of these keys the database knows only up to a lower sequence, or not at all. */
  async countBehind(entity: Entity, places: readonly Pick<GoldenEvent, 'key' | 'sequence'>[]): Promise<number> {
    return this.options.store.transaction(async (tx) => {
      const records = await findByKey(tx, entity, places);
      return places.filter(({ key, sequence }) => (records.get(key)?.golden?.sequence ?? 0n) < sequence).length;
    });
  }

  /** Stores what change topics say up to what the published records include, without merging; the rest comes by itself. */
  async takeContributions(
    entity: Entity,
    changes: readonly { readonly event: ContributionEvent; readonly published: GoldenEvent }[],
  ): Promise<void> {
    await this.options.store.transaction(async (tx) => {
      const events = changes.map(({ event }) => event);
      await lock(tx, entity, events);
      const known = await findByKey(tx, entity, events);
      const taken = new Map<string, { readonly key: BusinessKey; readonly contribution: Contribution }>();
      for (const { event, published } of changes) {
        const place = published.merged.find((upTo) => isSameId(upTo, event));
        if (!place || isNewer(event, place)) continue;
        const id = `${event.key}\0${event.system}\0${event.externalId}`;
        const stored = known.get(event.key)?.contributions.find((one) => isSameId(one, event)) ?? null;
        const next = applyContribution(taken.get(id)?.contribution ?? stored, event);
        if (next !== 'duplicate') taken.set(id, { key: event.key, contribution: next });
      }
      await tx.saveRecords(entity, { contributions: [...taken.values()], goldens: [], superseded: [] });
    });
  }

  /** Stores versions that were superseded, for as-of. */
  async takePast(entity: Entity, versions: readonly GoldenEvent[]): Promise<void> {
    await this.options.store.transaction((tx) => tx.past.addVersions(entity, versions.map(toRecord)));
  }

  /**
   * Goes on from the last published events: records, contributions, and what the guard had set aside. What waits to be
   * published of these keys was published, and is dropped.
   * @param policy the one in force; null where it is not known to be the records' own
   */
  async takeGolden(entity: Entity, heads: readonly PublishedHead[], policy: SurvivorshipPolicy | null): Promise<void> {
    await this.options.store.transaction(async (tx) => {
      const events = heads.map(({ event }) => event);
      await lock(tx, entity, events);
      const records = await findByKey(tx, entity, events);
      const sequenceOf = (key: BusinessKey): bigint => records.get(key)?.golden?.sequence ?? 0n;
      const known = heads.filter(({ event }) => sequenceOf(event.key) <= event.sequence);
      const topic = this.options.topics.golden(entity);
      await tx.past.dropPending(
        topic,
        known.map(({ event }) => event.key),
      );
      const behind = known.filter(({ event }) => sequenceOf(event.key) < event.sequence);
      await this.store(tx, { entity, policy, records }, behind);
      await forgetSettled(tx, entity, behind);
    });
  }

  /** Holds to come get numbers above those that were published. */
  async takeHoldNumber(highest: number): Promise<void> {
    await this.options.store.transaction((tx) => tx.past.raiseHoldNumber(highest));
  }

  private async store(
    tx: GoldenTransaction,
    { entity, policy, records }: TakeOverScope,
    behind: readonly PublishedHead[],
  ): Promise<void> {
    const contributions: { readonly key: BusinessKey; readonly contribution: Contribution }[] = [];
    const superseded: GoldenRecord[] = [];
    for (const { event } of behind) {
      const { key, version, policyVersion } = event;
      const before = records.get(key);
      const own = policy?.version === policyVersion ? policy : null;
      const agreed = agree(before?.contributions ?? [], event, own);
      contributions.push(...agreed.map((contribution) => ({ key, contribution })));
      if (before?.golden && before.golden.version > 0n && before.golden.version < version)
        superseded.push(before.golden);
    }
    const goldens = behind.map(({ event, isOnState }) => {
      return { ...toRecord(event), sequence: isOnState ? event.sequence : event.sequence + 1n };
    });
    await tx.past.addVersions(entity, superseded);
    await tx.saveRecords(entity, { contributions, goldens, superseded: [] });
    const unpublished = behind.flatMap(({ event, isOnState }, index) => {
      const sequence = goldens[index]?.sequence ?? event.sequence;
      return isOnState ? [] : [{ kind: 'answer' as const, isBulk: false, event: { ...event, sequence } }];
    });
    await tx.outbox.append(toMessages(unpublished, this.options.topics, this.options.encoder));
  }
}

interface TakeOverScope {
  readonly entity: Entity;
  readonly policy: SurvivorshipPolicy | null;
  readonly records: ReadonlyMap<BusinessKey, KeyRecord>;
}

/** What is set aside in the backup and was merged, or rejected, since: the published record includes its place. */
async function forgetSettled(tx: GoldenTransaction, entity: Entity, behind: readonly PublishedHead[]): Promise<void> {
  const touched = new Set<string>();
  for (const [system, places] of bySystem(behind)) {
    const ids = places.map(({ externalId }) => externalId);
    const held = await tx.guard.findHeld(entity, system, ids);
    const settled = held.filter(({ event }) => places.some((one) => isSameId(one, event) && !isNewer(event, one)));
    if (settled.length === 0) continue;
    await tx.guard.removeHeld(
      entity,
      system,
      settled.map(({ event }) => event.externalId),
    );
    settled.forEach(({ holdId }) => touched.add(holdId ?? ''));
  }
  for (const id of [...touched].sort()) await releaseEmpty(tx, id);
}

/** Who decided is on the audit topic. */
async function releaseEmpty(tx: GoldenTransaction, holdId: string): Promise<void> {
  const hold = await tx.guard.lockHold(holdId);
  const isUndecided = hold?.state === 'open' || hold?.state === 'collecting';
  if (isUndecided && hold.samples.length === 0) await tx.guard.saveHold({ ...hold, state: 'released' });
}

function bySystem(heads: readonly PublishedHead[]): Map<SystemId, MergedUpTo[]> {
  const places = new Map<SystemId, MergedUpTo[]>();
  for (const place of heads.flatMap(({ event }) => event.merged))
    places.set(place.system, [...(places.get(place.system) ?? []), place]);
  return places;
}

async function lock(
  tx: GoldenTransaction,
  entity: Entity,
  of: readonly { readonly key: BusinessKey }[],
): Promise<void> {
  await tx.lockKeys(entity, [...new Set(of.map(({ key }) => key))]);
}

async function findByKey(
  tx: GoldenTransaction,
  entity: Entity,
  of: readonly { readonly key: BusinessKey }[],
): Promise<Map<BusinessKey, KeyRecord>> {
  const records = await tx.findRecords(entity, [...new Set(of.map(({ key }) => key))]);
  return new Map(records.map((record) => [record.key, record]));
}

function isSameId(a: Pick<MergedUpTo, 'system' | 'externalId'>, b: Pick<MergedUpTo, 'system' | 'externalId'>): boolean {
  return a.system === b.system && a.externalId === b.externalId;
}

function toRecord(event: GoldenEvent): GoldenRecord {
  const { key, version, sequence, status, policyVersion, changedAt, fields } = event;
  return { key, version, sequence, status, policyVersion, changedAt, fields };
}
