import { HubError, silentLogger, type BusinessKey, type Clock } from '#kernel';
import { SourceGathering } from './gather-sources.js';
import { InMemorySeedTarget } from './in-memory-seed-target.js';
import { InMemorySourceStage } from './in-memory-source-stage.js';
import type { SeedTarget, TopicPages } from './ports.js';
import { SeedRun } from './seed-run.js';
import { compileShape, WHOLE } from './seed-shape.js';
import { KEYS, POLICY, SimulatedSource, toEvent } from './simulated-source.js';
import { SimulatedTopic, TOPIC_NAME } from './simulated-topic.js';
import { SourcedPages } from './sourced-pages.js';
import type { SourceReader, SourceStage } from './source-ports.js';

type Change = 'change' | 'remove' | 'observe' | 'publish' | 'repeat' | 'erase' | 'compact' | 'wait';

/** What happens between two calls of ports; `go` lets the next call be made, a crash ends the seeder before or after it. */
export interface SourcesStep {
  readonly what: Change | 'go' | 'crash-before' | 'crash-after';
  readonly at: number;
}

/** Seams at which a test plants a mutant. */
export interface PlantedSources {
  readonly stage?: (stage: SourceStage, topic: SimulatedTopic) => SourceStage;
  readonly target?: (target: InMemorySeedTarget) => SeedTarget;
  readonly sourced?: (sourced: SourcedPages, topic: TopicPages) => TopicPages;
}

const LAG_MS = 100;
const VIEW = compileShape('product', WHOLE);

/** Plays steps against seeds from a source that drifted, until one is done and all is published; answers every broken promise. */
export function playSources(steps: readonly SourcesStep[], planted: PlantedSources = {}): Promise<string[]> {
  return new SourcesWorld([...steps], planted).play();
}

/** One system that owns everything. What it changes is observed and published later; what drifted before is never observed. */
class SourcesWorld {
  private nowMs = 0;
  private writes = 0;
  private readonly topic = new SimulatedTopic(LAG_MS, () => this.nowMs);
  private readonly source = new SimulatedSource();
  private readonly unobserved: BusinessKey[] = [];
  private readonly unpublished: { readonly key: BusinessKey; readonly brand: string | undefined }[] = [];
  private readonly stage = new InMemorySourceStage();
  private readonly target = new InMemorySeedTarget('product');
  private readonly broken: string[] = [];
  private readonly highest = new Map<BusinessKey, bigint>();

  constructor(
    private readonly steps: SourcesStep[],
    private readonly planted: PlantedSources,
  ) {}

  async play(): Promise<string[]> {
    for (const key of ['a', 'b', 'c'] as BusinessKey[]) this.publish(key, 'as told');
    for (const [key, brand] of [
      ['a', 'drifted'],
      ['b', 'as told'],
      ['d', 'never told'],
    ] as const)
      this.source.brands.set(key as BusinessKey, brand); // and c was removed
    await this.untilDone();
    await this.compare('at the hand-over');
    while (this.steps.length > 0) this.take(this.steps.shift());
    while (this.unobserved.length > 0) this.observe();
    while (this.unpublished.length > 0) this.publishNext();
    await this.untilDone();
    await this.compare('at rest');
    return this.broken;
  }

  private async untilDone(): Promise<void> {
    for (;;)
      try {
        return await this.seed();
      } catch (error) {
        if (error !== CRASH) throw error;
      }
  }

  /** What the command does, from its start. */
  private async seed(): Promise<void> {
    const signal = new AbortController().signal;
    const topic = this.topicPages();
    const stage = gated(this.planted.stage?.(this.stage, this.topic) ?? this.stage, this.gate);
    const target = gated(this.planted.target?.(this.target) ?? this.target, this.gate);
    const gathering = new SourceGathering({
      ...{ entity: 'product', policy: POLICY, view: VIEW, stage, pages: topic, clock: this.clock },
      reader: gated<SourceReader>(this.source, this.gate),
      limits: null,
      partitionOf: (key) => this.topic.partitionOf(key),
    });
    const found = await target.find();
    await gathering.begin(found.kind === 'seed' ? found.positions : null);
    await target.prepare(TOPIC_NAME, this.topic.starts());
    await gathering.run(signal);
    const sourced = new SourcedPages(topic, stage, VIEW);
    const pages = this.planted.sourced?.(sourced, topic) ?? sourced;
    const options = { pages, target, clock: this.clock, logger: silentLogger, endValidMs: LAG_MS, follow: false };
    await new SeedRun(options).run(signal);
  }

  private readonly clock: Clock = { nowMs: () => this.nowMs, sleep: () => Promise.resolve() };

  /** The world moves on before every call; a crashed seeder never sees the answer. */
  private readonly gate = async <T>(effect: () => Promise<T>): Promise<T> => {
    for (let step = this.steps.shift(); step && step.what !== 'go'; step = this.steps.shift()) {
      if (step.what === 'crash-after') await effect();
      if (step.what === 'crash-after' || step.what === 'crash-before') throw CRASH;
      this.take(step);
    }
    const result = await effect();
    this.inspect();
    return result;
  };

  /** No row ever goes back. */
  private inspect(): void {
    for (const [key, { sequence }] of this.target.rows) {
      if (sequence < (this.highest.get(key) ?? 0n)) this.broken.push(`${key} went back to ${sequence}`);
      this.highest.set(key, sequence);
    }
  }

  private take(step: SourcesStep | undefined): void {
    if (step && step.what !== 'go' && step.what !== 'crash-before' && step.what !== 'crash-after')
      this.changes[step.what](KEYS[step.at % KEYS.length] ?? ('a' as BusinessKey), step.at);
  }

  private readonly changes: Readonly<Record<Change, (key: BusinessKey, at: number) => void>> = {
    change: (key) => {
      this.source.brands.set(key, `change ${(this.writes += 1)}`);
      this.unobserved.push(key);
    },
    remove: (key) => {
      if (this.source.brands.delete(key)) this.unobserved.push(key);
    },
    observe: () => this.observe(),
    publish: () => this.publishNext(),
    wait: (_key, at) => void (this.nowMs += (at % 4) * (LAG_MS / 2)),
    repeat: (_key, at) => this.topic.take('repeat', at),
    erase: (_key, at) => this.topic.take('erase', at),
    compact: (_key, at) => this.topic.take('compact', at),
  };

  private observe(): void {
    const key = this.unobserved.shift();
    if (key) this.unpublished.push({ key, brand: this.source.brands.get(key) });
  }

  private publishNext(): void {
    const next = this.unpublished.shift();
    if (next) this.publish(next.key, next.brand);
  }

  private publish(key: BusinessKey, brand: string | undefined): void {
    const status = brand === undefined ? 'deleted' : 'live';
    this.topic.write(key, status, (sequence) => toEvent(key, brand, sequence));
  }

  private topicPages(): TopicPages {
    return {
      offsets: () => this.gate(async () => this.topic.ranges()),
      read: async (from, onPage, signal) => {
        const positions = new Map(from);
        while (!signal.aborted) {
          const [partition, offset] = [...positions].find(([one, at]) => at < this.topic.endOf(one)) ??
            [...positions][0] ?? [0, 0n];
          const page = await this.gate(async () => this.topic.page(partition, offset, 1 + (this.nowMs % 2)));
          positions.set(partition, page.nextOffset);
          await onPage(page);
        }
      },
    };
  }

  /** What the topic told anew from the noted offset up to the target's position counts; else, at rest, what the source has. */
  private async compare(moment: 'at the hand-over' | 'at rest'): Promise<void> {
    const noted = (await this.stage.find())?.noted.ranges;
    for (const key of KEYS) {
      const wanted = this.wantedOf(key, noted?.get(this.topic.partitionOf(key))?.high ?? 0n, moment);
      const row = this.target.rows.get(key);
      const found = row?.status === 'live' ? row.fields['brand'] : undefined;
      if (wanted && !wanted.includes(found))
        this.broken.push(`${moment}: ${key} is ${JSON.stringify(found)}, not ${wanted.join()}`);
    }
  }

  /** Values that the target may have; null for any. Where the topic only repeats what it told before, both words are right. */
  private wantedOf(key: BusinessKey, end: bigint, moment: 'at the hand-over' | 'at rest'): readonly unknown[] | null {
    const partition = this.topic.partitionOf(key);
    const before = this.topic.stateAt(partition, end).get(key);
    const after = this.topic.stateAt(partition, this.target.positionOf(partition).nextOffset).get(key);
    const told = after?.status === 'live' ? after.fields['brand'] : undefined;
    if (after && after.sequence > (before?.sequence ?? 0n)) return [told];
    if (moment === 'at the hand-over') return null;
    if (this.topic.isErased(key)) return [undefined];
    return [this.source.brands.get(key), ...(this.topic.isToldFrom(key, end) ? [told] : [])];
  }
}

const CRASH = new HubError('HUB_INVARIANT_BROKEN', 'planted crash');

/** A port whose every call passes the gate. */
function gated<T extends object>(port: T, gate: <R>(effect: () => Promise<R>) => Promise<R>): T {
  return new Proxy(port, {
    get: (from, name) => {
      const value: unknown = Reflect.get(from, name, from);
      if (typeof value !== 'function') return value;
      const method = value.bind(from) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => gate(() => method(...args));
    },
  });
}
