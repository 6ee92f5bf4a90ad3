import { HubError, instantOfMs } from '#kernel';
import type {
  DeadLetter,
  DeadLetterChoice,
  DeadLetterGroup,
  DeadLetterStore,
  LetterPage,
  NewLetter,
  OrderedLetter,
  ReleasedKey,
} from './dead-letter-ports.js';
import { groupIdOf, kindOfCode, normaliseReason } from './dead-letter-reason.js';

/** Fake of a dead-letter store for tests; passes the same contract suite as the real one. */
export class InMemoryDeadLetterStore implements DeadLetterStore {
  private readonly letters = new Map<string, OrderedLetter>();
  private readonly offsets = new Map<string, Map<number, bigint>>();
  private holder: { readonly owner: string; readonly untilMs: number } = { owner: '', untilMs: 0 };

  constructor(private readonly nowMs: () => number) {}

  async positions(topic: string): Promise<ReadonlyMap<number, bigint>> {
    return new Map(this.offsets.get(topic));
  }

  async addPage({ topic, partition, letters, released, nextOffset }: LetterPage): Promise<void> {
    const positions = this.offsets.get(topic) ?? new Map<number, bigint>();
    this.offsets.set(topic, positions);
    const position = positions.get(partition) ?? 0n;
    for (const letter of letters) if (letter.place.offset >= position) this.add(letter);
    for (const key of released) this.settleWaiting(key);
    if (nextOffset > position) positions.set(partition, nextOffset);
  }

  async groups(choice: DeadLetterChoice): Promise<readonly DeadLetterGroup[]> {
    const open = this.open(choice);
    const groups = [...new Set(open.map(({ groupId }) => groupId))].map((id) =>
      toDeadLetterGroup(open.filter(({ groupId }) => groupId === id)),
    );
    return groups.sort((left, right) => right.letters - left.letters);
  }

  async list(choice: DeadLetterChoice, limit: number): Promise<readonly DeadLetter[]> {
    return this.open(choice).slice(0, limit).map(withoutValue);
  }

  async find(id: string): Promise<DeadLetter | null> {
    const letter = this.letters.get(id);
    return letter ? withoutValue(letter) : null;
  }

  async count(choice: DeadLetterChoice): Promise<{ readonly letters: number; readonly held: number }> {
    const letters = this.open(choice);
    return { letters: letters.length, held: letters.filter(({ heldBehind }) => heldBehind !== null).length };
  }

  async discard(
    choice: DeadLetterChoice,
    { reason, actor }: { readonly reason: string; readonly actor: string },
  ): Promise<number> {
    return this.change(this.open(choice), { state: 'discarded', note: reason, decidedBy: actor });
  }

  async orderRetry(choice: DeadLetterChoice, actor: string): Promise<number> {
    const free = this.open(choice).filter(({ heldBehind }) => heldBehind === null);
    return this.change(free, { state: 'retrying', decidedBy: actor });
  }

  async orderEdited(id: string, value: Buffer, actor: string): Promise<boolean> {
    const free = this.open({ ids: [id] }).filter(({ heldBehind }) => heldBehind === null);
    return this.change(free, { state: 'retrying', decidedBy: actor, edited: value, isEdited: true }) > 0;
  }

  async annotate(id: string, note: string): Promise<boolean> {
    const letter = this.letters.get(id);
    return letter ? this.change([letter], { note }) > 0 : false;
  }

  async lease(owner: string, leaseMs: number): Promise<boolean> {
    const isFree = this.holder.owner === owner || this.holder.untilMs <= this.nowMs();
    if (isFree) this.holder = { owner, untilMs: this.nowMs() + leaseMs };
    return isFree;
  }

  async release(owner: string): Promise<void> {
    if (this.holder.owner === owner) this.holder = { owner: '', untilMs: 0 };
  }

  async countOrdered(): Promise<number> {
    const givenUp = await this.nextGivenUp(Number.POSITIVE_INFINITY);
    return [...this.letters.values()].filter(({ state }) => state === 'retrying').length + givenUp.length;
  }

  async nextGivenUp(limit: number): Promise<readonly DeadLetter[]> {
    const holding = [...this.letters.values()].filter(({ state, holdsKey }) => state === 'discarded' && holdsKey);
    return holding.slice(0, limit).map(withoutValue);
  }

  async settleGivenUp(owner: string, ids: readonly string[]): Promise<void> {
    this.assertHolder(owner);
    this.change(
      ids.flatMap((id) => this.letters.get(id) ?? []),
      { holdsKey: false },
    );
  }

  async nextOrdered(limit: number): Promise<readonly OrderedLetter[]> {
    return [...this.letters.values()]
      .filter(({ state }) => state === 'retrying')
      .sort(byOrigin)
      .slice(0, limit);
  }

  async settle(
    owner: string,
    { sent, gone }: { readonly sent: readonly string[]; readonly gone: readonly string[] },
  ): Promise<void> {
    this.assertHolder(owner);
    const underWay = (ids: readonly string[]): OrderedLetter[] =>
      ids.flatMap((id) => this.letters.get(id) ?? []).filter(({ state }) => state === 'retrying');
    this.change(underWay(sent), { state: 'retried', edited: null });
    this.change(underWay(gone), { state: 'open', edited: null, isEdited: false });
  }

  private assertHolder(owner: string): void {
    if (this.holder.owner !== owner) throw new HubError('HUB_LEASE_LOST', 'Another process sends dead letters.');
  }

  private settleWaiting({ consumer, topic, key, before }: ReleasedKey): void {
    const waited = this.open({ consumer }).filter(
      (letter) => letter.heldBehind !== null && letter.origin.topic === topic && letter.key === key,
    );
    this.change(
      waited.filter(({ origin }) => origin.offset < before),
      { state: 'retried' },
    );
  }

  private open({ ids, groupId, consumer, kind }: DeadLetterChoice): OrderedLetter[] {
    const isMeant = (letter: DeadLetter): boolean =>
      (!ids || ids.includes(letter.id)) &&
      (groupId ?? letter.groupId) === letter.groupId &&
      (consumer ?? letter.consumer) === letter.consumer &&
      (kind ?? letter.kind) === letter.kind;
    return [...this.letters.values()].filter((letter) => letter.state === 'open' && isMeant(letter));
  }

  private change(letters: readonly OrderedLetter[], to: Partial<OrderedLetter>): number {
    for (const letter of letters) this.letters.set(letter.id, { ...letter, ...to });
    return letters.length;
  }

  private add(letter: NewLetter): void {
    const known = this.findKnown(letter);
    const { retryOf, parkedAtMs, ...facts } = letter;
    const told = { groupId: groupIdOf(letter), kind: kindOfCode(letter.code), parkedAt: instantOfMs(parkedAtMs) };
    if (!known) {
      const id = String(this.letters.size + 1);
      const decided = { note: null, decidedBy: null, isEdited: false, edited: null };
      this.letters.set(id, { ...facts, ...told, ...decided, id, attempts: 1, state: 'open' });
      return;
    }
    const isAgain = known.state !== 'open' && (retryOf !== null || known.state !== 'retrying');
    const { place, code, reason, heldBehind, hasValue } = facts;
    const state = known.state === 'retrying' && retryOf === null ? known.state : 'open';
    const attempts = known.attempts + (isAgain ? 1 : 0);
    const holdsKey = facts.holdsKey || (retryOf !== null && known.holdsKey);
    const where = { place, code, reason, heldBehind, hasValue, holdsKey };
    this.letters.set(known.id, { ...known, ...told, ...where, state, attempts });
  }

  private findKnown({ retryOf, consumer, origin }: NewLetter): OrderedLetter | undefined {
    const ofRetry = retryOf === null ? undefined : this.letters.get(retryOf);
    if (ofRetry?.consumer === consumer) return ofRetry;
    return [...this.letters.values()].find(
      (known) => known.consumer === consumer && originName(known.origin) === originName(origin),
    );
  }
}

/** What letters of one group have in common; not for none. */
function toDeadLetterGroup(letters: readonly DeadLetter[]): DeadLetterGroup {
  const [first] = letters;
  if (!first) throw new HubError('HUB_INVARIANT_BROKEN', 'A group without letters.');
  const { groupId, consumer, code, reason, kind } = first;
  const times = letters.map(({ parkedAt }) => parkedAt).sort();
  return {
    ...{ groupId, consumer, code, kind, reason: normaliseReason(reason), letters: letters.length },
    topics: [...new Set(letters.map(({ origin }) => origin.topic))].sort(),
    held: letters.filter(({ heldBehind }) => heldBehind !== null).length,
    firstAt: times[0] ?? first.parkedAt,
    lastAt: times.at(-1) ?? first.parkedAt,
  };
}

function withoutValue({ edited: _edited, ...letter }: OrderedLetter): DeadLetter {
  return letter;
}

function originName({ topic, partition, offset }: DeadLetter['origin']): string {
  return `${topic} ${partition} ${offset}`;
}

function byOrigin(left: DeadLetter, right: DeadLetter): number {
  const [a, b] = [left.origin, right.origin];
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition || (a.offset < b.offset ? -1 : 1);
}
