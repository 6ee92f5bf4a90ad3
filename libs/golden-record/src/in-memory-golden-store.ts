import type { BatchReport, Entity } from '#contracts';
import { Turns, type BusinessKey, type ExternalId, type Instant, type SystemId } from '#kernel';
import type { AppliedOffsets, OutboxAppender, OutboxMessage } from '#outbox';
import type { Contribution } from './contribution.js';
import type { GoldenRecord } from './golden.js';
import { InMemoryGuard, newGuardState } from './in-memory-guard.js';
import { InMemoryOffsets } from './in-memory-offsets.js';
import { InMemoryReverts, newRevertState } from './in-memory-reverts.js';
import type {
  EntityCounts,
  GoldenStore,
  GoldenTransaction,
  GuardTransaction,
  HoldRow,
  HoldState,
  KeyRecord,
  PastTransaction,
  PastVersion,
  RecordChanges,
} from './ports.js';
import type { ItemPage, RevertCounts, RevertItemRow, RevertRow, RevertTransaction } from './revert-ports.js';

/** Everything the fake holds; Maps are copied per transaction, values are never changed in place. */
function newState() {
  return {
    offsets: new Map<string, bigint>(),
    outbox: [] as OutboxMessage[],
    contributions: new Map<string, Map<string, Contribution>>(),
    goldens: new Map<string, GoldenRecord>(),
    history: [] as { readonly id: string; readonly golden: GoldenRecord }[],
    policies: new Map<Entity, { readonly version: number; readonly text: string }>(),
    guard: newGuardState(),
    reverts: newRevertState(),
  };
}

type State = ReturnType<typeof newState>;
const idOf = (entity: Entity, key: BusinessKey): string => `${entity}/${key}`;

/** Fake of the golden store: transactions run one after the other, and an error undoes all of one. */
export class InMemoryGoldenStore implements GoldenStore {
  private state = newState();
  private readonly turns = new Turns();

  /** Messages appended so far, in order. */
  get outbox(): readonly OutboxMessage[] {
    return this.state.outbox;
  }

  transaction<T>(work: (tx: GoldenTransaction) => Promise<T>): Promise<T> {
    return this.turns.take(async () => {
      const copy = structuredClone(this.state);
      const result = await work(new InMemoryGoldenTransaction(copy));
      this.state = copy;
      return result;
    });
  }

  findRecord(entity: Entity, key: BusinessKey): Promise<KeyRecord | null> {
    return Promise.resolve(findRecord(this.state, entity, key));
  }

  findHoldsOf(entity: Entity, key: BusinessKey): Promise<string[]> {
    const guard = new InMemoryGuard(this.state.guard, () => 0);
    const held = guard.all().filter(({ event }) => event.entity === entity && event.key === key);
    return Promise.resolve(held.flatMap(({ holdId, holdState }) => (holdState === 'open' && holdId ? [holdId] : [])));
  }

  findAsOf(entity: Entity, key: BusinessKey, at: Instant): Promise<PastVersion | null> {
    const all = versionsOf(this.state, entity).filter((golden) => golden.key === key);
    return Promise.resolve(all.filter(({ changedAt }) => changedAt <= at).at(-1) ?? null);
  }

  findVersions(entity: Entity, key: BusinessKey, limit: number): Promise<PastVersion[]> {
    const all = versionsOf(this.state, entity).filter((golden) => golden.key === key);
    return Promise.resolve(all.reverse().slice(0, limit));
  }

  findKeys(entity: Entity, prefix: string, limit: number): Promise<BusinessKey[]> {
    const keys = [...this.state.goldens].flatMap(([id, { key }]) => (id === idOf(entity, key) ? [key] : []));
    const inBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
    return Promise.resolve(
      keys
        .filter((key) => key.startsWith(prefix))
        .sort(inBytes)
        .slice(0, limit),
    );
  }

  findHolds(state: HoldState | null): Promise<HoldRow[]> {
    const holds = new InMemoryGuard(this.state.guard, () => 0).holds();
    const isSeen = (hold: HoldRow): boolean => hold.state !== 'collecting' && hold.state !== 'released';
    return Promise.resolve(holds.filter((hold) => isSeen(hold) && (state === null || hold.state === state)).reverse());
  }

  countEntities(): Promise<EntityCounts[]> {
    const counts = new Map<Entity, { live: number; deleted: number; foreign: number }>();
    for (const [id, { version, status }] of this.state.goldens) {
      const entity = id.slice(0, id.indexOf('/')) as Entity;
      const count = counts.get(entity) ?? { live: 0, deleted: 0, foreign: 0 };
      counts.set(entity, count);
      count[version === 0n ? 'foreign' : status] += 1;
    }
    return Promise.resolve([...counts].sort().map(([entity, count]) => ({ entity, ...count })));
  }

  forgetBatches(before: Instant): Promise<void> {
    const needed = new Set(new InMemoryGuard(this.state.guard, () => 0).undecided().map(({ batchId }) => batchId));
    for (const { id, lastSeenAt } of this.state.guard.batches.values())
      if (lastSeenAt < before && !needed.has(id)) this.state.guard.batches.delete(id);
    return Promise.resolve();
  }

  findRevert(id: string): Promise<RevertRow | null> {
    return Promise.resolve(this.reverts.find(id));
  }

  countItems(id: string): Promise<RevertCounts> {
    return Promise.resolve(this.reverts.count(id));
  }

  findRevertItems(id: string, page: ItemPage): Promise<RevertItemRow[]> {
    return Promise.resolve(this.reverts.page(id, page));
  }

  findRecentBatches(entity: Entity, limit: number): Promise<BatchReport[]> {
    return Promise.resolve(this.reverts.batches(entity, limit));
  }

  forgetReverts({ plans }: { readonly plans: Instant }): Promise<void> {
    return Promise.resolve(this.reverts.forget(plans));
  }

  private get reverts(): InMemoryReverts {
    return new InMemoryReverts(this.state.reverts, (entity) => versionsOf(this.state, entity));
  }

  findPolicyVersion(entity: Entity): Promise<number> {
    return Promise.resolve(this.state.policies.get(entity)?.version ?? 0);
  }

  adoptPolicy(entity: Entity, policyText: string, atLeast: number): Promise<number> {
    const known = this.state.policies.get(entity);
    const raised = known ? known.version + (known.text === policyText ? 0 : 1) : 1;
    const version = Math.max(atLeast, raised);
    this.state.policies.set(entity, { version, text: policyText });
    return Promise.resolve(version);
  }
}

class InMemoryGoldenTransaction implements GoldenTransaction {
  readonly offsets: AppliedOffsets;
  readonly outbox: OutboxAppender;
  readonly guard: GuardTransaction;
  readonly past: PastTransaction;
  readonly reverts: RevertTransaction;

  constructor(private readonly state: State) {
    this.offsets = new InMemoryOffsets(state.offsets);
    this.outbox = { append: async (messages) => void state.outbox.push(...messages) };
    this.guard = new InMemoryGuard(state.guard, (entity) => this.countLive(entity));
    this.past = new InMemoryPast(state);
    this.reverts = new InMemoryReverts(state.reverts, (entity) => versionsOf(state, entity));
  }

  lockKeys(): Promise<void> {
    return Promise.resolve();
  }

  findRecords(entity: Entity, keys: readonly BusinessKey[]): Promise<KeyRecord[]> {
    return Promise.resolve(keys.flatMap((key) => findRecord(this.state, entity, key) ?? []));
  }

  saveRecords(entity: Entity, changes: RecordChanges): Promise<void> {
    for (const { key, contribution } of changes.contributions) {
      const all = this.state.contributions.get(idOf(entity, key)) ?? new Map<string, Contribution>();
      this.state.contributions.set(idOf(entity, key), all.set(contributorId(contribution), contribution));
    }
    for (const golden of changes.goldens) this.state.goldens.set(idOf(entity, golden.key), golden);
    for (const golden of changes.superseded) this.state.history.push({ id: idOf(entity, golden.key), golden });
    return Promise.resolve();
  }

  findOutdatedKeys(entity: Entity, policyVersion: number, after: BusinessKey, limit: number): Promise<BusinessKey[]> {
    const outdated = [...this.state.goldens].filter(([id, golden]) => {
      return id === idOf(entity, golden.key) && golden.key > after && golden.policyVersion < policyVersion;
    });
    const keys = outdated.map(([, { key }]) => key).sort();
    return Promise.resolve(keys.slice(0, limit));
  }

  private countLive(entity: Entity): number {
    const all = [...this.state.goldens].filter(([id]) => id.startsWith(`${entity}/`));
    return all.filter(([, { version, status }]) => version > 0n && status === 'live').length;
  }
}

class InMemoryPast implements PastTransaction {
  constructor(private readonly state: State) {}

  addVersions(entity: Entity, versions: readonly GoldenRecord[]): Promise<void> {
    for (const golden of versions) {
      const id = idOf(entity, golden.key);
      const isKnown = this.state.history.some((one) => one.id === id && one.golden.version === golden.version);
      if (!isKnown) this.state.history.push({ id, golden });
    }
    this.state.history.sort((a, b) => Number(a.golden.version - b.golden.version));
    return Promise.resolve();
  }

  dropPending(topic: string, keys: readonly BusinessKey[]): Promise<void> {
    const isDropped = (message: OutboxMessage): boolean =>
      message.topics[0] === topic && keys.some((key) => key === message.key);
    this.state.outbox = this.state.outbox.filter((message) => !isDropped(message));
    return Promise.resolve();
  }

  raiseHoldNumber(number: number): Promise<void> {
    this.state.guard.numbers.last = Math.max(this.state.guard.numbers.last, number);
    return Promise.resolve();
  }
}

/** All published versions, past and current. */
function versionsOf(state: State, entity: Entity): GoldenRecord[] {
  const past = state.history.filter(({ id }) => id.startsWith(`${entity}/`)).map(({ golden }) => golden);
  const current = [...state.goldens].filter(([id, { version }]) => id.startsWith(`${entity}/`) && version > 0n);
  return [...past, ...current.map(([, golden]) => golden)];
}

function findRecord(state: State, entity: Entity, key: BusinessKey): KeyRecord | null {
  const contributions = state.contributions.get(idOf(entity, key));
  const golden = state.goldens.get(idOf(entity, key)) ?? null;
  if (!contributions && !golden) return null;
  return { key, golden, contributions: [...(contributions?.values() ?? [])] };
}

function contributorId({ system, externalId }: { readonly system: SystemId; readonly externalId: ExternalId }): string {
  return `${system}/${externalId}`;
}
