import type { Clock } from '#kernel';
import type { Comparison } from './classify.js';
import type { ComparisonReader } from './confirm.js';

/** What a simulated reader may leave out; each omission finds drift where there is only lag. */
export interface ReaderHabits {
  /** False: the mirror is looked at before the poll had its chance. */
  readonly waitsForPoll: boolean;
}

/**
 * A system under load beside its mirror, in ticks: users edit records (a poll sees the edits some ticks later), the hub
 * writes others (intent, write, answer, some ticks apart, some of them many), and drift was planted that no poll can see.
 */
export class DriftSimulation implements Clock {
  readonly planted = new Set<string>();
  private readonly system = new Map<string, number>();
  private readonly mirror = new Map<string, { value: number; movedAt: number }>();
  private readonly intents = new Map<string, { value: number; writeAt: number; answerAt: number }>();
  private readonly unseen = new Set<string>();
  private readonly polls: { page: { id: string; value: number }[]; startedAt: number; endsAt: number }[] = [];
  private tick = 0;

  constructor(
    private readonly random: () => number,
    private readonly options = { records: 2_000, hot: 20, edits: 4, writes: 4, lag: 8, pollEvery: 5, planted: 15 },
  ) {
    for (let id = 0; id < options.records; id += 1) {
      this.system.set(`k${id}`, 0);
      this.mirror.set(`k${id}`, { value: 0, movedAt: 0 });
    }
    this.run(50);
    for (let index = 0; index < options.planted; index += 1) this.plant(`k${options.records - 1 - index}`);
  }

  /** The first look: pages are read while the world goes on, and compared with the mirror as it then is. */
  findCandidates(): string[] {
    const seen = [...this.system].map(([id, value]) => ({ id, value }));
    this.run(3);
    return seen.filter(({ id, value }) => this.mirror.get(id)?.value !== value).map(({ id }) => id);
  }

  /** Reads as {@link Comparison} asks, or without one of its habits. */
  reader(habits: ReaderHabits = { waitsForPoll: true }): ComparisonReader {
    return {
      read: async (ids) => {
        const ticket = this.tick;
        const before = new Set(ids.filter((id) => this.intents.has(id)));
        this.run(1);
        const seen = ids.map((id) => ({ id, value: this.system.get(id) }));
        this.run(habits.waitsForPoll ? this.options.lag + this.options.pollEvery + 1 : 1);
        return seen.map(({ id, value }) => this.compare(id, value, ticket, before.has(id)));
      },
    };
  }

  nowMs(): number {
    return this.tick;
  }

  async sleep(): Promise<void> {
    this.run(2);
  }

  private compare(id: string, value: number | undefined, ticket: number, hadIntent: boolean): Comparison {
    const row = this.mirror.get(id);
    return {
      externalId: id,
      key: id,
      mirror: toFields(row?.value),
      observed: toFields(value),
      hasIntent: hadIntent || this.intents.has(id),
      moved: (row?.movedAt ?? 0) > ticket,
      isForeign: false,
    };
  }

  private run(ticks: number): void {
    for (let count = 0; count < ticks; count += 1) this.step();
  }

  private step(): void {
    this.tick += 1;
    for (let count = 0; count < this.options.edits; count += 1) this.edit(this.chooseId());
    for (let count = 0; count < this.options.writes; count += 1) this.beginWrite(this.chooseId());
    for (const [id, intent] of this.intents) {
      if (intent.writeAt === this.tick) this.system.set(id, intent.value);
      if (intent.answerAt === this.tick) {
        this.intents.delete(id);
        this.mirror.set(id, { value: intent.value, movedAt: this.tick });
      }
    }
    this.endPolls();
    if (this.tick % this.options.pollEvery === 0) this.beginPoll();
  }

  private edit(id: string): void {
    if (this.planted.has(id) || this.intents.has(id)) return;
    this.system.set(id, this.tick);
    this.unseen.add(id);
  }

  private beginWrite(id: string): void {
    if (this.planted.has(id) || this.intents.has(id) || this.unseen.has(id)) return;
    const answerIn = this.random() < 0.1 ? 80 : 5;
    this.intents.set(id, { value: -this.tick, writeAt: this.tick + 2, answerAt: this.tick + answerIn });
    const row = this.mirror.get(id);
    if (row) row.movedAt = this.tick;
  }

  /** A poll reads all edits made so far, and its page arrives later: where the row moved meanwhile, it is read again. */
  private beginPoll(): void {
    const page = [...this.unseen].map((id) => ({ id, value: this.system.get(id) ?? 0 }));
    this.polls.push({ page, startedAt: this.tick, endsAt: this.tick + this.options.lag });
  }

  private endPolls(): void {
    for (const { page, startedAt } of this.polls.filter((poll) => poll.endsAt === this.tick)) {
      for (const { id, value } of page) {
        if (this.intents.has(id) || (this.mirror.get(id)?.movedAt ?? 0) > startedAt) continue;
        if (this.system.get(id) === value) this.unseen.delete(id);
        this.mirror.set(id, { value, movedAt: this.tick });
      }
    }
  }

  /** A fifth of the load is on a few hot records; planted drift is on cold ones, as in the measurement. */
  private chooseId(): string {
    const range = this.random() < 0.2 ? this.options.hot : this.options.records;
    return `k${Math.floor(this.random() * range)}`;
  }

  private plant(id: string): void {
    this.intents.delete(id);
    this.unseen.delete(id);
    this.mirror.set(id, { value: this.system.get(id) ?? 0, movedAt: this.tick });
    this.system.set(id, 1_000_000);
    this.planted.add(id);
  }
}

/** A repeatable generator of numbers from 0 to 1 (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function toFields(value: number | undefined): Comparison['observed'] {
  return value === undefined ? null : { name: String(value) };
}
