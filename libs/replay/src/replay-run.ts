import { backoffMs, HubError, toHubError, type Clock, type Logger } from '#kernel';
import type { ReplayFilter } from './replay-filter.js';
import { toReplayRecord } from './replay-headers.js';
import { allowedAfter, chunkSize } from './replay-pace.js';
import type {
  PartitionWindow,
  ReplayJob,
  ReplayMessage,
  ReplayPage,
  ReplaySource,
  ReplayState,
  ReplayStep,
  ReplayStore,
  ReplayTarget,
} from './replay-ports.js';
import { ReplayMeter, type ReplayProgress } from './replay-progress.js';

/** Places between two steps of a run at which fault runs kill the process; passed when what the name says has been done. */
export const REPLAY_FAILPOINTS = ['replay:page-read', 'replay:sent', 'replay:position-stored'] as const;

/** Name of such a place. */
export type ReplayFailpoint = (typeof REPLAY_FAILPOINTS)[number];

/** What a run is made of. */
export interface ReplayRunOptions {
  readonly source: ReplaySource;
  readonly target: ReplayTarget;
  readonly store: ReplayStore;
  readonly filter: ReplayFilter;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Another process may take over when this one wrote nothing for so long. */
  readonly leaseMs: number;
  readonly onProgress?: (progress: ReplayProgress) => void;
  /** What it is when this process is told to stop: `paused` (default), or `running`, for the next runner to take up. */
  readonly stoppedAs?: 'paused' | 'running';
  readonly failpoint?: (name: ReplayFailpoint) => void;
  readonly random?: () => number;
}

/** How a run ended. `paused` or `running` also when this process was told to stop: another run goes on. */
export interface ReplayOutcome {
  readonly state: ReplayState;
  readonly progress: ReplayProgress;
}

const MAX_ATTEMPTS = 10;
/** An order to pause or abort is seen at least so often while a run waits. */
const LOOK_EVERY_MS = 1_000;
/** How finely the rate is kept. */
const PACE_MS = 50;

/**
 * Runs a claimed replay to its end, or until someone pauses or aborts it. Of each partition one chunk after another is sent,
 * and only when the broker has it for good the position is stored: a crash repeats at most the chunk that was under way, which
 * consumers see by its origin headers, and first occurrences stay in their order.
 */
export class ReplayRun {
  private readonly meter: ReplayMeter;
  private readonly next = new Map<number, bigint>();
  private readonly startedAtMs: number;
  private readonly stopped = new AbortController();
  private state: ReplayState = 'running';
  private sentNow = 0;

  constructor(
    private readonly job: ReplayJob,
    private readonly owner: string,
    private readonly options: ReplayRunOptions,
  ) {
    this.startedAtMs = options.clock.nowMs();
    this.meter = new ReplayMeter(job.positions, () => options.clock.nowMs());
    for (const { partition, nextOffset } of job.positions) this.next.set(partition, nextOffset);
  }

  /**
   * What may work later is tried again with back-off, as long as steps are made between two failures.
   * @throws HubError why it failed, which is also stored; HUB_LEASE_LOST when another process took over
   */
  async run(signal: AbortSignal): Promise<ReplayOutcome> {
    try {
      await this.runToEnd(signal);
    } catch (error) {
      const { code, message } = toHubError(error);
      if (code !== 'HUB_LEASE_LOST') await this.fail(`${code}: ${message}`);
      throw error;
    }
    if (this.state === 'running') this.state = this.stateAtEnd();
    await this.options.store.end(this.job.id, this.owner, { state: this.state, problem: null });
    return { state: this.state, progress: this.meter.read() };
  }

  private stateAtEnd(): ReplayState {
    return this.openWindows().length === 0 ? 'done' : (this.options.stoppedAs ?? 'paused');
  }

  private async runToEnd(signal: AbortSignal): Promise<void> {
    const ending = AbortSignal.any([signal, this.stopped.signal]);
    for (let attempt = 1; !ending.aborted && this.openWindows().length > 0; attempt += 1) {
      const before = this.meter.steps;
      try {
        if (attempt > 1) await this.lookAgain();
        if (ending.aborted) return;
        await this.options.source.read(this.openWindows(), (page) => this.take(page, ending), ending);
      } catch (error) {
        if (this.meter.steps > before) attempt = 1;
        await this.waitOrThrow(toHubError(error), attempt, ending);
      }
    }
  }

  private async waitOrThrow(error: HubError, attempt: number, ending: AbortSignal): Promise<void> {
    const { logger, clock, random = Math.random } = this.options;
    const mayWorkLater = error.disposition === 'retry' || error.disposition === 'reload';
    if (!mayWorkLater || attempt >= MAX_ATTEMPTS) throw error;
    logger.warn({ code: error.code, attempt, reason: error.message }, 'replay interrupted, going on');
    await clock.sleep(backoffMs(attempt, random), ending);
  }

  /** After a failure nobody knows whether the last step was stored, nor whether another process took over meanwhile. */
  private async lookAgain(): Promise<void> {
    this.obey(await this.options.store.advance(this.job.id, this.owner, null));
    const job = await this.options.store.find(this.job.id);
    for (const { partition, nextOffset } of job?.positions ?? []) this.next.set(partition, nextOffset);
  }

  private openWindows(): PartitionWindow[] {
    return this.job.windows
      .map((window) => ({ ...window, fromOffset: this.next.get(window.partition) ?? window.fromOffset }))
      .filter(({ fromOffset, untilOffset }) => fromOffset < untilOffset);
  }

  private async take(page: ReplayPage, ending: AbortSignal): Promise<void> {
    if (ending.aborted) return;
    const position = this.next.get(page.partition);
    if (position === undefined || page.fromOffset > position)
      throw new HubError('HUB_INVARIANT_BROKEN', 'A page begins beyond the position of the replay.', {
        partition: page.partition,
        fromOffset: page.fromOffset,
      });
    await this.options.filter.prepare(page.messages);
    this.options.failpoint?.('replay:page-read');
    for (const chunk of this.chunksOf(page)) {
      if (!(await this.mayGoOn(chunk.selected.length, ending))) return;
      await this.send(chunk.selected);
      await this.store(chunk.step);
    }
  }

  /** Runs of a page that go out at once; the last ends where the page ends. */
  private chunksOf({ partition, messages, nextOffset }: ReplayPage): readonly Chunk[] {
    const { next } = this;
    const fresh = messages.filter(({ offset }) => offset >= (next.get(partition) ?? 0n) && offset < nextOffset);
    const size = chunkSize(this.job.pace);
    const chunks: Chunk[] = [];
    let fromOffset = next.get(partition) ?? 0n;
    let [selected, unreadable]: [ReplayMessage[], number] = [[], 0];
    const close = (end: bigint): void => {
      const step = { partition, fromOffset, nextOffset: end, sent: selected.length, unreadable };
      chunks.push({ selected, step });
      [fromOffset, selected, unreadable] = [end, [], 0];
    };
    for (const message of fresh) {
      if (selected.length >= size) close(message.offset);
      const verdict = judge(this.options.filter, message);
      if (verdict === 'selected') selected.push(message);
      else if (verdict === 'unreadable') unreadable += 1;
    }
    close(nextOffset);
    return chunks;
  }

  /** Waits until the rate allows the next messages; false when the run is to end. */
  private async mayGoOn(count: number, ending: AbortSignal): Promise<boolean> {
    const { clock } = this.options;
    while (!ending.aborted && allowedAfter(this.job.pace, clock.nowMs() - this.startedAtMs) < this.sentNow + count) {
      await clock.sleep(PACE_MS, ending);
      if (this.meter.isQuietFor(LOOK_EVERY_MS)) await this.store(null);
    }
    return !ending.aborted;
  }

  private async send(selected: readonly ReplayMessage[]): Promise<void> {
    if (selected.length === 0) return;
    await this.options.target.send(selected.map((message) => toReplayRecord(message, this.job)));
    this.sentNow += selected.length;
    this.options.failpoint?.('replay:sent');
  }

  private async store(step: ReplayStep | null): Promise<void> {
    const state = await this.options.store.advance(this.job.id, this.owner, step);
    if (step) this.next.set(step.partition, step.nextOffset);
    this.meter.add(step);
    if (step) this.options.failpoint?.('replay:position-stored');
    this.options.onProgress?.(this.meter.read());
    this.obey(state);
  }

  private obey(state: ReplayState): void {
    if (state === 'running') return;
    this.state = state;
    this.stopped.abort();
  }

  /** That it failed is what the caller is told; that this could not be noted, too, only goes to the log. */
  private async fail(problem: string): Promise<void> {
    const { store, logger } = this.options;
    try {
      await store.end(this.job.id, this.owner, { state: 'failed', problem });
    } catch (error) {
      logger.warn({ code: toHubError(error).code, replay: this.job.id }, 'failure of the replay not noted');
    }
  }
}

interface Chunk {
  readonly selected: readonly ReplayMessage[];
  readonly step: ReplayStep;
}

/** What a filter says of a message. @throws HubError what is not the message's own fault */
export function judge(filter: ReplayFilter, message: ReplayMessage): 'selected' | 'passed' | 'unreadable' {
  try {
    return filter.selects(message) ? 'selected' : 'passed';
  } catch (error) {
    if (toHubError(error).disposition === 'park') return 'unreadable';
    throw error;
  }
}
