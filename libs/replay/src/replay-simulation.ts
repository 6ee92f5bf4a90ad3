import { HubError, silentLogger, type Clock } from '#kernel';
import { InMemoryReplayStore } from './in-memory-replay-store.js';
import { compileFilter } from './replay-filter.js';
import type { ReplayClaim, ReplayRecord, ReplaySource, ReplayStore, ReplayTarget } from './replay-ports.js';
import { ReplayRun } from './replay-run.js';
import { anOrder, findBroken, isSelected, SimulatedLog, toLogged, type Sent } from './replay-world.js';

type Outcome = 'go' | 'fail-before' | 'fail-after';

/** One thing that happens: to the call of a port or the process that `at` picks, to time, or by an operator. */
export interface ReplayStepOfWorld {
  readonly what: Outcome | 'wait' | 'crash' | 'freeze' | 'start' | 'pause' | 'append';
  readonly at: number;
}

/** Runs an effect when its turn comes; by then the process that asked may be gone. */
export type ReplayGate = <T>(effect: () => T | Promise<T>) => Promise<T>;

/** Seams at which a test plants a mutant. */
export interface PlantedReplay {
  readonly store?: (store: ReplayStore) => ReplayStore;
  readonly target?: (target: ReplayTarget, gate: ReplayGate) => ReplayTarget;
  readonly source?: (source: ReplaySource) => ReplaySource;
}

interface Call {
  readonly runner: number;
  settle(outcome: Outcome): Promise<void>;
}

const LEASE_MS = 10_000;
const MAX_STEPS = 3_000;
const ID = 'r1';

/** Plays steps against runners of one replay, then lets it come to rest; answers every broken promise. */
export function playReplay(steps: readonly ReplayStepOfWorld[], planted: PlantedReplay = {}): Promise<string[]> {
  return new ReplayWorld(planted).play(steps);
}

class ReplayWorld {
  private nowMs = 1;
  private readonly log = new SimulatedLog();
  private readonly store = new InMemoryReplayStore(() => this.nowMs);
  private readonly calls: Call[] = [];
  private readonly alive = new Set<number>();
  /** Position of each partition when a runner claimed the replay: it may repeat nothing below. */
  private readonly claimedAt = new Map<number, ReadonlyMap<number, bigint>>();
  /** The runner that has the lease, and how often one that lost it has sent since. */
  private holder = 0;
  private readonly staleSends = new Map<number, number>();
  private readonly sent: Sent[] = [];
  private readonly broken = new Set<string>();
  private runners = 0;

  constructor(private readonly planted: PlantedReplay) {}

  async play(steps: readonly ReplayStepOfWorld[]): Promise<string[]> {
    await this.store.create(anOrder(ID, this.log));
    this.start();
    for (const step of steps) await this.turn(() => this.take(step));
    for (let count = 0; count < MAX_STEPS && !(await this.isDone()); count += 1) await this.turn(() => this.goOn());
    while (this.calls.length > 0) await this.settle(0, 'go');
    if (await this.isDone()) for (const promise of findBroken(this.log, this.sent)) this.broken.add(promise);
    else this.broken.add('never came to rest');
    return [...this.broken];
  }

  private async turn(act: () => Promise<void> | void): Promise<void> {
    await act();
    await new Promise((resolve) => setImmediate(resolve));
    await this.inspect();
  }

  private async take({ what, at }: ReplayStepOfWorld): Promise<void> {
    switch (what) {
      case 'wait':
        this.nowMs += (at % 4) * (LEASE_MS / 2);
        return;
      case 'crash':
        return this.crash(at);
      case 'freeze': // its calls wait while its lease runs out and another takes over
        this.nowMs += LEASE_MS + 1;
        return this.start();
      case 'start':
        return this.start();
      case 'pause':
        await this.store.order(ID, 'paused');
        return;
      case 'append':
        return this.log.append(at);
      case 'go':
      case 'fail-before':
      case 'fail-after':
        return this.settle(at, what);
    }
  }

  private crash(at: number): void {
    const runner = [...this.alive][at % Math.max(1, this.alive.size)];
    if (runner !== undefined) this.alive.delete(runner);
  }

  /** To the end: a runner is started where none is left, and calls are answered in turn. */
  private async goOn(): Promise<void> {
    this.nowMs += LEASE_MS / 10;
    if (this.alive.size === 0) this.start();
    await this.settle(0, 'go');
  }

  private async settle(at: number, outcome: Outcome): Promise<void> {
    const [call] = this.calls.splice(at % Math.max(1, this.calls.length), 1);
    await call?.settle(outcome);
  }

  private start(): void {
    if (this.alive.size >= 2) return;
    const runner = (this.runners += 1);
    this.alive.add(runner);
    void this.run(runner)
      .catch((error: unknown) => {
        const isBug =
          !(error instanceof HubError) || (error.disposition === 'crash' && error.code !== 'HUB_LEASE_LOST');
        if (isBug) this.broken.add(`runner failed: ${String(error)}`);
      })
      .finally(() => this.alive.delete(runner));
  }

  private async run(runner: number): Promise<void> {
    const gate: ReplayGate = (effect) => this.gate(runner, effect);
    const store = this.planted.store?.(this.store) ?? this.store;
    const owner = `owner-${runner}`;
    const claim = await gate(() => this.claim(runner, () => store.claim(ID, owner, LEASE_MS, 'command')));
    if (claim.kind !== 'claimed') return;
    const clock: Clock = { nowMs: () => this.nowMs, sleep: () => gate(() => undefined) };
    const target: ReplayTarget = { send: (records) => gate(() => this.receive(runner, records)) };
    const source = this.log.asSource(gate);
    const run = new ReplayRun(claim.job, owner, {
      source: this.planted.source?.(source) ?? source,
      target: this.planted.target?.(target, gate) ?? target,
      store: {
        ...{
          create: () => Promise.resolve(),
          list: () => Promise.resolve([]),
          claim: () => Promise.reject(new Error()),
          findAbandoned: () => Promise.resolve([]),
        },
        ...{ find: (id) => gate(() => store.find(id)), order: () => Promise.resolve(false) },
        advance: (id, by, step) => gate(() => store.advance(id, by, step)),
        end: (id, by, how) => gate(() => store.end(id, by, how)),
      },
      filter: compileFilter(claim.job.selection, { prepare: () => Promise.resolve(), decode: () => ({ record: {} }) }),
      ...{ clock, logger: silentLogger, leaseMs: LEASE_MS, random: () => 0.5 },
    });
    await run.run(new AbortController().signal);
  }

  /** Remembers what the store, and not the runner, knows at that moment. */
  private async claim(runner: number, claim: () => Promise<ReplayClaim>): Promise<ReplayClaim> {
    const answer = await claim();
    if (answer.kind !== 'claimed') return answer;
    const positions = (await this.store.find(ID))?.positions ?? [];
    this.claimedAt.set(runner, new Map(positions.map(({ partition, nextOffset }) => [partition, nextOffset])));
    this.holder = runner;
    return answer;
  }

  /** What reaches the broker, perhaps of a process that is gone. */
  private receive(runner: number, records: readonly ReplayRecord[]): void {
    if (runner !== this.holder) this.staleSends.set(runner, (this.staleSends.get(runner) ?? 0) + 1);
    if ((this.staleSends.get(runner) ?? 0) > 1) this.broken.add('goes on after another took over');
    for (const record of records) {
      const logged = toLogged(record);
      if (logged.origin.offset < (this.claimedAt.get(runner)?.get(logged.origin.partition) ?? 0n))
        this.broken.add('repeats what was stored as sent');
      this.sent.push(logged);
    }
  }

  /** A call waits for its turn. A crashed process never sees the answer, yet its call may still take effect. */
  private gate<T>(runner: number, effect: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = async (outcome: Outcome): Promise<void> => {
        const answer = outcome === 'fail-before' ? null : await Promise.allSettled([(async () => effect())()]);
        if (!this.alive.has(runner)) return;
        const result = answer?.[0];
        if (outcome !== 'go' || !result) reject(new HubError('HUB_DATABASE_UNREACHABLE', 'planted'));
        else if (result.status === 'rejected') reject(result.reason as Error);
        else resolve(result.value);
      };
      this.calls.push({ runner, settle });
    });
  }

  /** The position never says of a message that it was sent while the target does not have it. */
  private async inspect(): Promise<void> {
    for (const { partition, nextOffset } of (await this.store.find(ID))?.positions ?? []) {
      const has = new Set(
        this.sent.filter(({ origin }) => origin.partition === partition).map(({ origin }) => origin.offset),
      );
      const due = this.log.messages(partition).filter((message) => isSelected(message) && message.offset < nextOffset);
      if (due.some(({ offset }) => !has.has(offset))) this.broken.add('stored as sent before the target had it');
    }
  }

  private async isDone(): Promise<boolean> {
    return (await this.store.find(ID))?.state === 'done';
  }
}
