import type { AvroRecord, Entity, GoldenEvent, TopicNames } from '#contracts';
import type { Decision, GoldenMerger, GoldenTakeOver, PublishedHead } from '#golden-record';
import { toHubError, type BusinessKey, type Logger } from '#kernel';
import { readable, type AvroCodec, type EventCodec, type MarkedTopics } from '#messaging-kafka';
import type { SurvivorshipPolicy } from '#hub-file';
import type { ChangeTopic } from './contributions.controller.js';

/** What comparing golden's database with its topics needs. */
export interface OwnTopicsOptions {
  readonly entities: readonly Entity[];
  readonly topics: TopicNames;
  /** Whose changes each change topic holds, by its name. */
  readonly changes: ReadonlyMap<string, ChangeTopic>;
  readonly marked: MarkedTopics;
  readonly codec: AvroCodec;
  readonly events: EventCodec;
  readonly takeOver: GoldenTakeOver;
  readonly logger: Logger;
}

/** The last event of a key; encoded, since there may be as many as there are records. */
interface Head {
  readonly sequence: bigint;
  readonly value: Buffer;
  readonly isOnState: boolean;
}

/** What golden had published of an entity since the mark. */
interface Published {
  readonly heads: Map<BusinessKey, Head>;
  /** The highest that a record names; 0 for none. */
  policyVersion: number;
}

/** What golden had published, and its database does not know. */
export interface LostPast {
  readonly published: ReadonlyMap<Entity, Published>;
  readonly decisions: readonly Decision[];
  /** By entity, the highest policy version that a published record names. */
  readonly policyVersions: ReadonlyMap<Entity, number>;
}

const CHUNK = 500;
const VERDICTS: Readonly<Record<string, Decision['verdict']>> = {
  'hold.approved': 'approved',
  'hold.rejected': 'rejected',
};

/**
 * Golden's database beside its topics: whatever lies on them was committed there before, so what it does not know shows
 * that it was restored from a backup, or is new (ADR 9).
 */
export class OwnTopics {
  constructor(private readonly options: OwnTopicsOptions) {}

  /** Looks at what was published since the last mark; null when the database knows all of it. */
  async findLost(): Promise<LostPast | null> {
    const published = new Map<Entity, Published>();
    let behind = 0;
    for (const entity of this.options.entities) {
      const found = await this.readPublished(entity);
      published.set(entity, found);
      const places = [...found.heads].map(([key, { sequence }]) => ({ key, sequence }));
      for (const chunk of chunks(places)) behind += await this.options.takeOver.countBehind(entity, chunk);
    }
    const decisions = await this.readDecisions();
    if (behind === 0) {
      await this.mark();
      return null;
    }
    this.options.logger.warn({ records: behind }, 'the database is older than its topics: goes on from them');
    const policyVersions = new Map([...published].map(([entity, { policyVersion }]) => [entity, policyVersion]));
    return { published, decisions, policyVersions };
  }

  /** Brings the database to what was published. Killed half-way, it is found again at the next start. */
  async takeOver(
    { published, decisions }: LostPast,
    policies: Readonly<Partial<Record<Entity, SurvivorshipPolicy>>>,
    merger: Pick<GoldenMerger, 'decide'>,
  ): Promise<void> {
    for (const decision of decisions) await this.decideAgain(decision, merger);
    for (const [entity, { heads }] of published) {
      await this.takeContributions(entity, heads);
      await this.takePast(entity, heads);
      for (const chunk of chunks([...heads.values()])) {
        const taken = chunk.map((head) => this.decode(entity, head));
        await this.options.takeOver.takeGolden(entity, taken, policies[entity] ?? null);
      }
    }
    await this.mark();
    this.options.logger.info({}, 'what was published is taken over');
  }

  /** Remembers that this database knows everything on its topics, which is so once {@link findLost} found nothing. */
  async mark(): Promise<void> {
    const { entities, topics, marked } = this.options;
    await marked.mark([
      ...entities.flatMap((entity) => [topics.golden(entity), topics.history(entity)]),
      topics.hub('audit'),
    ]);
  }

  private async readPublished(entity: Entity): Promise<Published> {
    const { topics, marked } = this.options;
    const published: Published = { heads: new Map(), policyVersion: 0 };
    for (const topic of [topics.history(entity), topics.golden(entity)])
      await marked.read(topic, (values) => {
        for (const value of values) this.take(published, entity, { value, isOnState: topic === topics.golden(entity) });
      });
    return published;
  }

  private take(published: Published, entity: Entity, { value, isOnState }: Omit<Head, 'sequence'>): void {
    const event = readable(() => this.options.events.decodeGolden(entity, value));
    if (!event) return;
    const { key, sequence, policyVersion } = event;
    published.policyVersion = Math.max(published.policyVersion, policyVersion);
    const known = published.heads.get(key);
    if (known && known.sequence > sequence) return;
    // a copy: the buffer is a slice of all that the broker had sent
    if (known?.sequence !== sequence || isOnState)
      published.heads.set(key, { sequence, value: Buffer.from(value), isOnState });
  }

  private async takeContributions(entity: Entity, heads: Published['heads']): Promise<void> {
    const { changes, marked, events, takeOver } = this.options;
    for (const [topic, source] of changes) {
      if (source.entity !== entity) continue;
      await marked.read(topic, async (values) => {
        const taken = values.flatMap((value) => {
          const event = readable(() => events.decodeContribution(entity, value));
          const head = event && heads.get(event.key);
          return head ? [{ event, published: this.decode(entity, head).event }] : [];
        });
        if (taken.length > 0) await takeOver.takeContributions(entity, taken);
      });
    }
  }

  private async takePast(entity: Entity, heads: Published['heads']): Promise<void> {
    const { topics, marked, events, takeOver } = this.options;
    await marked.read(topics.history(entity), async (values) => {
      const versions = values.flatMap((value): GoldenEvent[] => {
        const event = readable(() => events.decodeGolden(entity, value));
        const head = event && heads.get(event.key);
        return head && event.version < this.decode(entity, head).event.version ? [event] : [];
      });
      await takeOver.takePast(entity, versions);
    });
  }

  /** Decisions of people on what golden held; the numbers of holds never come back. */
  private async readDecisions(): Promise<Decision[]> {
    const { marked, codec, topics, takeOver } = this.options;
    const decisions: Decision[] = [];
    let highest = 0;
    await marked.read(topics.hub('audit'), (values) => {
      for (const value of values) {
        const entry = readable(() => codec.decode(value).record);
        const number = Number(/^live-(\d+)$/.exec(String(entry?.['subject']))?.[1] ?? 0);
        highest = Math.max(highest, number);
        const decision = entry && number > 0 ? toDecision(entry) : null;
        if (decision) decisions.push(decision);
      }
    });
    if (highest > 0) await takeOver.takeHoldNumber(highest);
    return decisions;
  }

  /** What a person decided of exactly what the backup holds stands; of anything else somebody is asked again. */
  private async decideAgain(decision: Decision, merger: Pick<GoldenMerger, 'decide'>): Promise<void> {
    try {
      await merger.decide(decision);
    } catch (error) {
      const { code } = toHubError(error);
      if (!['HUB_NOT_FOUND', 'HUB_APPROVAL_STALE', 'HUB_REQUEST_INVALID'].includes(code)) throw error;
      this.options.logger.info({ hold: decision.holdId, code }, 'a decision on a hold that the backup does not have');
    }
  }

  private decode(entity: Entity, { value, isOnState }: Head): PublishedHead {
    return { event: this.options.events.decodeGolden(entity, value), isOnState };
  }
}

/** Null for what is no decision of a person. */
function toDecision(entry: AvroRecord): Decision | null {
  const verdict = VERDICTS[String(entry['action'])];
  const { digest = '' } = entry['details'] as Readonly<Record<string, string>>;
  return verdict ? { holdId: String(entry['subject']), verdict, digest, actor: String(entry['actor']) } : null;
}

function chunks<Item>(items: readonly Item[]): Item[][] {
  const count = Math.ceil(items.length / CHUNK);
  return Array.from({ length: count }, (_, index) => items.slice(index * CHUNK, (index + 1) * CHUNK));
}
