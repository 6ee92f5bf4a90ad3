import { backoffMs, HubError, toHubError, type Clock, type Logger } from '#kernel';
import { checkSeed, type SeedCheck } from './check-seed.js';
import type { SourceGathering } from './gather-sources.js';
import { assertRunnable, planSeed } from './plan-seed.js';
import type { CheckableTarget, SeedTarget, TopicPages } from './ports.js';
import {
  SEED_NOT_BEGUN,
  type SeedEnd,
  type SeedJob,
  type SeedJobProgress,
  type SeedJobState,
  type SeedJobStore,
} from './seed-job-ports.js';
import type { SeedProgress } from './seed-progress.js';
import { SeedRun } from './seed-run.js';
import { shapeText } from './seed-shape.js';
import type { SourceScan } from './source-ports.js';

/** Topic and target of a seed, opened. */
export interface OpenSeed {
  readonly pages: TopicPages;
  readonly target: SeedTarget & CheckableTarget;
  /** As {@link SeedRunOptions.endValidMs}. */
  readonly endValidMs: number;
  /** What gathers the sources; null where the topic alone is seeded. */
  readonly sources?: { readonly gathering: Pick<SourceGathering, 'begin' | 'run'> } | null;
  close(): Promise<void>;
}

/** What a run is made of. */
export interface SeedJobRunOptions {
  readonly store: SeedJobStore;
  /** @param onScan is told after every page of a source */
  readonly open: (onScan: (scan: SourceScan) => void) => Promise<OpenSeed>;
  /** Keeps the certificate of a target that is equal to its topic, once. @returns its id */
  readonly certify: (found: SeedCheck) => Promise<string>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often it is kept how far the run is; well below the lease. */
  readonly beatMs: number;
  readonly random?: () => number;
}

const MAX_ATTEMPTS = 10;
/** Keys that are told of a target that differs. */
const NAMED_KEYS = 5;
const LEFT: SeedEnd = { state: 'running', problem: null, certificate: null };

/**
 * Runs a claimed seed to its end: reads the topic into the target from wherever the target stands, compares both, and certifies.
 * How far it is, is kept beside it; the target's positions alone decide where the next run goes on.
 */
export class SeedJobRun {
  private readonly stopped = new AbortController();
  private progress: SeedJobProgress | null;
  private isLost = false;

  constructor(
    private readonly job: SeedJob,
    private readonly owner: string,
    private readonly options: SeedJobRunOptions,
  ) {
    this.progress = job.progress;
  }

  /**
   * Resolves when it is done, failed or aborted; or left to the next runner, once `signal` was aborted. Why it failed is kept.
   * @throws HubError HUB_LEASE_LOST when another process took over, HUB_DATABASE_*
   */
  async run(signal: AbortSignal): Promise<SeedJobState> {
    const { store } = this.options;
    const { id } = this.job;
    const over = new AbortController();
    const beating = this.beat(over.signal);
    const end = await this.work(AbortSignal.any([signal, this.stopped.signal]));
    over.abort();
    await beating;
    if (this.isLost) throw new HubError('HUB_LEASE_LOST', 'Another process runs this seed.', { id });
    await store.end(id, this.owner, { ...end, progress: this.progress });
    return end.state;
  }

  /** Keeps how far the run is, and hears of an order to abort. */
  private async beat(over: AbortSignal): Promise<void> {
    const { store, clock, logger, beatMs } = this.options;
    while (!over.aborted && !this.isLost) {
      await clock.sleep(beatMs, over);
      try {
        if (!over.aborted && (await store.advance(this.job.id, this.owner, this.progress)) !== 'running')
          this.stopped.abort();
      } catch (error) {
        const { code, message: reason } = toHubError(error);
        this.isLost = code === 'HUB_LEASE_LOST';
        if (this.isLost) this.stopped.abort();
        else logger.warn({ seed: this.job.id, code, reason }, 'how far a seed is could not be kept');
      }
    }
  }

  private async work(ending: AbortSignal): Promise<SeedEnd> {
    try {
      const opened = await this.trying(() => this.openPrepared(), ending);
      try {
        return await this.seed(opened, ending);
      } finally {
        await opened.close();
      }
    } catch (error) {
      if (ending.aborted) return LEFT;
      const { code, message: reason } = toHubError(error);
      return { state: 'failed', problem: { code, reason }, certificate: null };
    }
  }

  /** Nothing is made in a target that is not fit. */
  private async openPrepared(): Promise<OpenSeed> {
    const { topic, shape } = this.job;
    const opened = await this.options.open((scan) => this.noteScan(scan));
    try {
      const ranges = await opened.pages.offsets();
      const found = await opened.target.find();
      const plan = planSeed({ topic, ranges, shape: shapeText(shape) }, found);
      assertRunnable(plan);
      await opened.sources?.gathering.begin(found.kind === 'seed' ? found.positions : null);
      const from = new Map(plan.partitions.map(({ partition, fromOffset }) => [partition, fromOffset]));
      await opened.target.prepare(topic, from);
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  private async seed(opened: OpenSeed, ending: AbortSignal): Promise<SeedEnd> {
    const { clock, logger, certify } = this.options;
    const { pages, target, endValidMs } = opened;
    await this.trying(async () => opened.sources?.gathering.run(ending), ending);
    const onProgress = (progress: SeedProgress): void => void (this.progress = toReading(progress, this.progress));
    const run = new SeedRun({ pages, target, endValidMs, clock, logger, follow: false, onProgress });
    const { isLive } = await run.run(ending);
    if (!isLive || ending.aborted) return LEFT;
    const found = await this.trying(() => this.compare(opened, ending), ending);
    assertProven(found);
    return { state: 'done', problem: null, certificate: await this.trying(() => certify(found), ending) };
  }

  private noteScan({ system, pages, records, isEnded }: SourceScan): void {
    const { scans, ...progress } = this.progress ?? SEED_NOT_BEGUN;
    const others = scans.filter((scan) => scan.system !== system);
    this.progress = { ...progress, phase: 'scanning', scans: [...others, { system, pages, records, isEnded }] };
  }

  private compare({ pages, target }: OpenSeed, signal: AbortSignal): Promise<SeedCheck> {
    const { entity } = this.job;
    const onProgress = (compared: number): void => {
      if (this.progress) this.progress = { ...this.progress, phase: 'comparing', etaSeconds: null, compared };
    };
    return checkSeed({ entity, pages, target, signal, limit: NAMED_KEYS, onProgress });
  }

  /** What may work later is tried again, with back-off. */
  private async trying<T>(work: () => Promise<T>, ending: AbortSignal): Promise<T> {
    const { clock, logger, random = Math.random } = this.options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (thrown) {
        const error = toHubError(thrown);
        const mayWorkLater = error.disposition === 'retry' || error.disposition === 'reload';
        if (!mayWorkLater || attempt >= MAX_ATTEMPTS || ending.aborted) throw error;
        logger.warn({ seed: this.job.id, code: error.code, attempt, reason: error.message }, 'seed waits');
        await clock.sleep(backoffMs(attempt, random), ending);
      }
    }
  }
}

function toReading(
  { partitions, rowsPerSecond, etaSeconds, unreadable }: SeedProgress,
  before: SeedJobProgress | null,
): SeedJobProgress {
  const positions = partitions.map(({ partition, nextOffset, untilOffset }) => ({
    ...{ partition, nextOffset, untilOffset },
  }));
  const scans = before?.scans ?? [];
  return { phase: 'reading', scans, positions, rowsPerSecond, etaSeconds, unreadable, compared: 0 };
}

/** @throws HubError HUB_SEED_UNPROVEN for what no certificate may be about */
function assertProven({ isEqual, unreadable, counts, keys }: SeedCheck): void {
  const [first] = unreadable;
  if (first) {
    const where = `${first.partition}/${first.offset}: ${first.reason}`;
    throw new HubError('HUB_SEED_UNPROVEN', `${unreadable.length} messages can't be read, the first at ${where}`, {
      unreadable: unreadable.length,
    });
  }
  if (isEqual) return;
  const { missing, extra, different } = counts;
  const differences = `${missing} missing, ${extra} extra, ${different} different`;
  throw new HubError('HUB_SEED_UNPROVEN', `The target differs from its topic: ${differences}.`, {
    ...counts,
    keys: keys.map(({ key, difference }) => `${difference}: ${key}`),
  });
}
