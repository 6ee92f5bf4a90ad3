import { silentLogger, type BusinessKey, type Clock, HubError } from '#kernel';
import { InMemorySeedTarget } from './in-memory-seed-target.js';
import type { SeedPage, SeedPosition, SeedTarget, TopicPages } from './ports.js';
import { SeedRun } from './seed-run.js';
import { isTopicChange, SimulatedTopic, TOPIC_NAME, type TopicChange } from './simulated-topic.js';

/** How the call of a port ends. */
type Outcome = 'go' | 'fail-before' | 'fail-after';

/** One thing that happens: to the topic, to time, or to the call of a port or the process that `at` picks. */
export interface SeedStep {
  readonly what: TopicChange | Outcome | 'wait' | 'crash' | 'second-seeder';
  readonly at: number;
}

/** Runs an effect when its turn comes; by then the process that asked may be gone. */
export type Gate = <T>(effect: () => T | Promise<T>) => Promise<T>;

/** Seams at which a test plants a mutant. */
export interface PlantedSeed {
  readonly apply?: (store: InMemorySeedTarget, gate: Gate) => SeedTarget['apply'];
  readonly pages?: (pages: TopicPages) => TopicPages;
  readonly clock?: (clock: Clock) => Clock;
}

interface Call {
  readonly seeder: number;
  settle(outcome: Outcome): Promise<void>;
}

/** How long the simulated topic keeps what was superseded. */
const LAG_MS = 100;
const MAX_STEPS = 3_000;

/** Plays steps against seeders that follow, then lets one come to rest; answers every broken promise. */
export function playSeed(steps: readonly SeedStep[], planted: PlantedSeed = {}): Promise<string[]> {
  return new SeedWorld(planted).play(steps);
}

class SeedWorld {
  private nowMs = 0;
  private readonly topic = new SimulatedTopic(LAG_MS, () => this.nowMs);
  private readonly store = new InMemorySeedTarget('product');
  private readonly calls: Call[] = [];
  private readonly alive = new Set<number>();
  private readonly broken = new Set<string>();
  private readonly written = new Map<string, number>();
  private before = new Map<number, SeedPosition>();
  private firstEnds: ReadonlyMap<number, bigint> = new Map();
  private seeders = 0;

  constructor(private readonly planted: PlantedSeed) {}

  async play(steps: readonly SeedStep[]): Promise<string[]> {
    for (const key of ['a', 'b', 'c', 'a', 'b']) this.topic.write(key as BusinessKey, 'live');
    await this.store.prepare(TOPIC_NAME, this.topic.starts());
    this.firstEnds = this.topic.ends();
    this.before = new Map(this.store.positions);
    this.watchWrites();
    this.startSeeder();
    for (const step of steps) await this.turn(() => this.take(step));
    for (let count = 0; count < MAX_STEPS && !this.isAtRest(); count += 1) await this.turn(() => this.settle(0, 'go'));
    if (!this.isAtRest()) this.broken.add('never came to rest');
    else this.compareRows('at rest');
    return [...this.broken];
  }

  private async turn(act: () => Promise<void> | void): Promise<void> {
    if (this.alive.size === 0) this.startSeeder();
    await act();
    await new Promise((resolve) => setImmediate(resolve));
    this.inspect();
  }

  private take({ what, at }: SeedStep): Promise<void> | void {
    if (isTopicChange(what)) return this.topic.take(what, at);
    switch (what) {
      case 'wait':
        this.nowMs += (at % 4) * (LAG_MS / 2);
        return;
      case 'crash':
        this.alive.delete([...this.alive][at % this.alive.size] ?? -1);
        return;
      case 'second-seeder':
        if (this.alive.size < 2) this.startSeeder();
        return;
      case 'go':
      case 'fail-before':
      case 'fail-after':
        return this.settle(at, what);
    }
  }

  private async settle(at: number, outcome: Outcome): Promise<void> {
    const [call] = this.calls.splice(at % Math.max(1, this.calls.length), 1);
    await call?.settle(outcome);
  }

  private startSeeder(): void {
    const seeder = (this.seeders += 1);
    const gate: Gate = (effect) => this.gate(seeder, effect);
    const clock: Clock = { nowMs: () => this.nowMs, sleep: () => gate(() => undefined) };
    const pages = this.pages(gate);
    const apply = this.planted.apply?.(this.store, gate) ?? ((page, end) => gate(() => this.store.apply(page, end)));
    this.alive.add(seeder);
    const run = new SeedRun({
      pages: this.planted.pages?.(pages) ?? pages,
      target: { find: () => gate(() => this.store.find()), prepare: () => Promise.resolve(), apply },
      clock: this.planted.clock?.(clock) ?? clock,
      logger: silentLogger,
      follow: true,
      endValidMs: LAG_MS,
      random: () => 0.5,
    });
    run.run(new AbortController().signal).catch((error: unknown) => {
      this.alive.delete(seeder);
      if (error instanceof HubError && error.disposition !== 'crash') return;
      this.broken.add(`seeder failed: ${String(error)}`);
    });
  }

  /** A call waits for its turn. A crashed process never sees the answer, yet its call may still take effect. */
  private gate<T>(seeder: number, effect: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = async (outcome: Outcome): Promise<void> => {
        const answer = outcome === 'fail-before' ? null : await Promise.allSettled([(async () => effect())()]);
        if (!this.alive.has(seeder)) return;
        const result = answer?.[0];
        if (outcome !== 'go' || !result) reject(new HubError('HUB_DATABASE_UNREACHABLE', 'planted'));
        else if (result.status === 'rejected') reject(result.reason as Error);
        else resolve(result.value);
      };
      this.calls.push({ seeder, settle });
    });
  }

  private pages(gate: Gate): TopicPages {
    return {
      offsets: () => gate(() => this.topic.ranges()),
      read: async (from, onPage, signal) => {
        const positions = new Map(from);
        while (!signal.aborted) {
          const page = await gate(() => this.nextPage(positions));
          if (!page) continue;
          positions.set(page.partition, page.nextOffset);
          await onPage(page);
        }
      },
    };
  }

  private nextPage(positions: ReadonlyMap<number, bigint>): SeedPage | null {
    const behind = [...positions].find(([partition, offset]) => offset < this.topic.endOf(partition));
    return behind ? this.topic.page(behind[0], behind[1], 1 + Number(behind[1] % 2n)) : null;
  }

  /** Counts what a trigger on the team's table would see. */
  private watchWrites(): void {
    const set = this.store.rows.set.bind(this.store.rows);
    this.store.rows.set = (key, row) => {
      const name = `${key} at ${row.sequence}`;
      this.written.set(name, (this.written.get(name) ?? 0) + 1);
      return set(key, row);
    };
  }

  private inspect(): void {
    for (const [name, times] of this.written) if (times > 1) this.broken.add(`wrote ${name} twice`);
    for (const [partition, position] of this.store.positions) {
      const was = this.before.get(partition);
      if (was && position.nextOffset < was.nextOffset) this.broken.add(`position of ${partition} went back`);
      if (position.state === 'live' && was?.state === 'seeding') this.inspectHandOver(partition, position);
      else if (!this.topic.isCompacted) this.comparePartition(partition, 'on the way');
    }
    this.before = new Map(this.store.positions);
  }

  private inspectHandOver(partition: number, { nextOffset }: SeedPosition): void {
    if (nextOffset < (this.firstEnds.get(partition) ?? 0n)) this.broken.add('done before the end');
    this.comparePartition(partition, 'when live');
  }

  private isAtRest(): boolean {
    return [...this.store.positions].every(
      ([partition, { nextOffset, state }]) => state === 'live' && nextOffset === this.topic.endOf(partition),
    );
  }

  private compareRows(moment: string): void {
    for (const partition of this.store.positions.keys()) this.comparePartition(partition, moment);
  }

  /** The rows of a partition are exactly the topic's state as of its position. */
  private comparePartition(partition: number, moment: string): void {
    const { nextOffset } = this.store.positionOf(partition);
    const expected = this.topic.stateAt(partition, nextOffset);
    const rows = [...this.store.rows.values()].filter(({ key }) => this.topic.partitionOf(key) === partition);
    const shown = (list: Iterable<{ key: string; sequence: bigint; status: string }>): string =>
      [...list]
        .map((row) => `${row.key}:${row.sequence}:${row.status}`)
        .sort()
        .join(' ');
    const [found, wanted] = [shown(rows), shown(expected.values())];
    if (found !== wanted) this.broken.add(`${moment}: has ${found}, topic has ${wanted}`);
  }
}
