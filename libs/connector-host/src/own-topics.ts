import { isDeepStrictEqual } from 'node:util';
import { HubError, type BusinessKey, type CanonicalFields, type ExternalId, type Logger, type SystemId } from '#kernel';
import type { ContributionEvent, Entity, TopicNames } from '#contracts';
import { readable, type EventCodec, type MarkedTopics, type TopicMarks } from '#messaging-kafka';
import { emptyRow, type LeaseOwner, type MirrorRow, type MirrorStore, type RestoredStore } from '#mirror';

/** What is needed to compare a connector's database with what it published. */
export interface OwnTopicsOptions {
  readonly system: SystemId;
  readonly entities: readonly Entity[];
  readonly topics: TopicNames;
  readonly marked: MarkedTopics;
  readonly events: EventCodec;
  readonly store: MirrorStore;
  readonly restored: RestoredStore;
  /** Up to where golden's events are stored. */
  readonly stored: Pick<TopicMarks, 'find'>;
  /** What the group of this connector's consumer has committed at the broker, by partition. */
  readonly committed: (topic: string) => Promise<ReadonlyMap<number, bigint>>;
  readonly owner: LeaseOwner;
  readonly logger: Logger;
}

const CHUNK = 500;

/** Every golden version of a key since the mark. */
export type GoldenVersions = ReadonlyMap<BusinessKey, readonly CanonicalFields[]>;

/**
 * A connector's database beside what the broker knows of it. Whatever lies on a change topic was committed in this database
 * before, and so was whatever its consumer has told the broker to have read; what it does not know shows that the database
 * was restored from a backup, or is new.
 */
export class OwnTopics {
  constructor(private readonly options: OwnTopicsOptions) {}

  /**
   * Looks at what was published since the last mark, before anything else is read or published. Where the database does
   * not know it, it takes the contributions and their sequences over from there, and goes on in a new epoch; every record
   * is then read again ({@link RestoredSystem}, settled by `topics`).
   * @returns whether the database had lost something
   */
  async takeOver(): Promise<boolean> {
    const lost = new Map<Entity, ContributionEvent[]>();
    for (const entity of this.options.entities) lost.set(entity, await this.findLost(entity));
    const all = [...lost.values()].flat();
    const unread = await this.countUnread();
    if (all.length === 0 && unread === 0) {
      if ((await this.options.restored.findRestored()) === null) await this.mark();
      return false;
    }
    const { restored, logger, system } = this.options;
    const epoch = await restored.raiseEpoch(Math.max(0, ...all.map((event) => event.epoch)));
    const lacks = `${all.length} changes that it published and ${unread} golden events that it stored`;
    await restored.saveRestored(`The hub's own database of ${system} lacks ${lacks}.`);
    await restored.saveKeep('topics', 'plumbline');
    for (const [entity, events] of lost) await this.takeContributions(entity, events);
    logger.warn(
      { contributions: all.length, goldenEvents: unread, epoch },
      'the database is older than its topics: goes on in a new epoch',
    );
    return true;
  }

  /**
   * Remembers that this database knows everything on its topics, which is so whenever no restore is being settled.
   * @throws HubError HUB_DATABASE_OLD when the database went back in time while this process ran
   */
  async mark(): Promise<void> {
    const { topics, system, entities, marked } = this.options;
    await marked.mark(entities.flatMap((entity) => [topics.change(system, entity), topics.history(entity)]));
  }

  /** What golden wanted of each key since the mark. */
  async readGolden(entity: Entity): Promise<GoldenVersions> {
    const versions = new Map<BusinessKey, CanonicalFields[]>();
    const { marked, topics, events } = this.options;
    await marked.read(topics.history(entity), (values) => {
      for (const value of values) {
        const event = readable(() => events.decodeGolden(entity, value));
        if (!event) continue;
        const { key, fields } = event;
        versions.set(key, [...(versions.get(key) ?? []), fields]);
      }
    });
    return versions;
  }

  /** Golden events that the broker was told to be stored, and are not. */
  private async countUnread(): Promise<number> {
    let unread = 0n;
    for (const topic of this.options.entities.map((entity) => this.options.topics.golden(entity)))
      for (const [partition, told] of await this.options.committed(topic)) {
        const stored = (await this.options.stored.find(topic, partition)) ?? 0n;
        if (told > stored) unread += told - stored;
      }
    return Number(unread);
  }

  private async findLost(entity: Entity): Promise<ContributionEvent[]> {
    const { latest, twice } = await this.readChanges(entity);
    const lost: ContributionEvent[] = [];
    await this.eachChunk(entity, [...latest.values()], (event, row) => {
      if (isLost(event, row, twice.has(event.externalId))) lost.push(event);
      return null;
    });
    return lost;
  }

  /**
   * The last change of each record since the mark, and the records of which two changes have one place: this database had
   * gone back under a process that went on. The first of the two is the one that golden took.
   */
  private async readChanges(entity: Entity): Promise<{
    readonly latest: ReadonlyMap<ExternalId, ContributionEvent>;
    readonly twice: ReadonlySet<ExternalId>;
  }> {
    const { topics, system, events, marked } = this.options;
    const latest = new Map<ExternalId, ContributionEvent>();
    const twice = new Set<ExternalId>();
    await marked.read(topics.change(system, entity), (values) => {
      for (const value of values) {
        const event = readable(() => events.decodeContribution(entity, value));
        if (!event) continue; // somebody else's: this database has published nothing that can't be read
        const known = latest.get(event.externalId);
        if (!known || isLater(event, known)) latest.set(event.externalId, event);
        else if (!isLater(known, event) && !isSame(known, event)) twice.add(event.externalId);
      }
    });
    return { latest, twice };
  }

  private async takeContributions(entity: Entity, events: readonly ContributionEvent[]): Promise<void> {
    await this.eachChunk(entity, events, taken);
  }

  /** Shows each event its row, and stores what becomes of it. */
  private async eachChunk(
    entity: Entity,
    events: readonly ContributionEvent[],
    change: (event: ContributionEvent, row: MirrorRow | null) => MirrorRow | null,
  ): Promise<void> {
    const { store, owner } = this.options;
    for (let start = 0; start < events.length; start += CHUNK) {
      const chunk = events.slice(start, start + CHUNK);
      await store.transaction(async (tx) => {
        const externalIds = chunk.map(({ externalId }) => externalId);
        const keys = chunk.map(({ key }) => key);
        const locked = await tx.lockRows(entity, { externalIds, keys }, null, owner);
        const byId = new Map(locked.map((one) => [one.row.externalId, one]));
        const byKey = new Map(locked.map((one) => [one.row.key, one]));
        const changes = chunk.flatMap((event) => {
          // a new external id takes over the row of a deleted one
          const found = byId.get(event.externalId) ?? byKey.get(event.key);
          const row = change(event, found?.row ?? null);
          const [id, before] = [found?.id ?? null, found?.row ?? null];
          // What is due is known when the record was read again.
          return row ? [{ id, before, row, differs: null, moves: true, lease: 'keep' as const }] : [];
        });
        await tx.save(changes);
      });
    }
  }
}

type Place = Pick<ContributionEvent, 'epoch' | 'sequence'>;

function isLater(one: Place, other: Place): boolean {
  return one.epoch !== other.epoch ? one.epoch > other.epoch : one.sequence > other.sequence;
}

function isSame(one: ContributionEvent, other: ContributionEvent): boolean {
  return isDeepStrictEqual([one.status, one.fields], [other.status, other.fields]);
}

/** Whether the row does not have the record's last change; it may have the other one where two have its place. */
function isLost(event: ContributionEvent, row: MirrorRow | null, isTwice: boolean): boolean {
  const had = row?.contribution;
  return !had || isLater(event, had) || (isTwice && !isLater(had, event));
}

/** The row as the event leaves it: what the system said last is also what it showed last. */
function taken(event: ContributionEvent, row: MirrorRow | null): MirrorRow {
  const { entity, key, externalId, epoch, sequence, status, marks } = event;
  const fields = Object.fromEntries(
    Object.entries(event.fields).map(([name, value]) => {
      const mark = marks[name];
      if (!mark) throw new HubError('HUB_PAYLOAD_INVALID', `The change event of ${key} has no mark for ${name}.`);
      return [name, { value, at: mark.at, sequence, unread: mark.unread }];
    }),
  );
  const before = row ?? emptyRow(entity, key, externalId);
  const observation = {
    ...{ version: null, digest: null, status },
    fields: { ...before.observation?.fields, ...event.fields },
  };
  return {
    ...before,
    key,
    externalId,
    observation,
    contribution: { epoch, sequence, status, statusSequence: sequence, fields },
  };
}
