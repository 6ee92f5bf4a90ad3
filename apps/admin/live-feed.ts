import type { HubOverview, Problem } from '#contracts';
import { findProblems } from './find-problems.js';
import type { HubReading } from './hub-reader.js';
import { toHubError, type Clock, type Instant, type Logger } from '#kernel';

/** What a live feed is made of. */
export interface LiveFeedOptions {
  readonly read: () => Promise<HubReading>;
  /** Hears what was read by itself, at most every two seconds; never throws. */
  readonly note: (reading: HubReading) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const WATCHED_MS = 2_000;
const UNWATCHED_MS = 30_000;
/** Asking may cost the services no more than a fifth of the time. */
const PAUSE_SHARE = 4;

type Listener = (overview: HubOverview) => void;

/**
 * Asks the services once for all browsers, every two seconds while somebody looks. Remembers when each problem was first
 * seen; that begins anew with the process.
 */
export class LiveFeed {
  private readonly listeners = new Set<Listener>();
  private readonly firstSeen = new Map<string, Instant>();
  private readonly stopping = new AbortController();
  private wake = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private latest: HubOverview | null = null;

  constructor(private readonly options: LiveFeedOptions) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake.abort();
    await this.running;
  }

  /** The state now: asked anew, unless it was a moment ago. */
  async current(): Promise<HubOverview> {
    const ageMs = this.latest ? this.options.clock.nowMs() - Date.parse(this.latest.at) : Number.POSITIVE_INFINITY;
    return this.latest && ageMs < WATCHED_MS ? this.latest : this.refresh();
  }

  /** Calls back with every state from now on. @returns what ends it */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    this.soon();
    return () => void this.listeners.delete(listener);
  }

  /** Asks at once: somebody has just changed something. */
  soon(): void {
    this.wake.abort();
  }

  private async run(): Promise<void> {
    const { clock, logger } = this.options;
    while (!this.stopping.signal.aborted) {
      const beganMs = clock.nowMs();
      this.wake = new AbortController();
      try {
        await this.options.note(await this.refresh());
      } catch (error) {
        logger.error({ code: toHubError(error).code, error }, 'the state of the hub could not be read');
      }
      const tookMs = clock.nowMs() - beganMs;
      const pauseMs = Math.max(this.listeners.size > 0 ? WATCHED_MS : UNWATCHED_MS, tookMs * PAUSE_SHARE);
      if (!this.stopping.signal.aborted) await clock.sleep(pauseMs, this.wake.signal);
    }
  }

  private async refresh(): Promise<HubOverview> {
    const reading = await this.options.read();
    const problems = this.withTimes(findProblems(reading), reading.at);
    this.latest = { ...reading, problems };
    for (const listener of this.listeners) listener(this.latest);
    return this.latest;
  }

  private withTimes(found: ReturnType<typeof findProblems>, at: Instant): Problem[] {
    const seen = new Set(found.map(({ id }) => id));
    for (const id of this.firstSeen.keys()) if (!seen.has(id)) this.firstSeen.delete(id);
    return found.map((problem) => {
      const since = this.firstSeen.get(problem.id) ?? at;
      this.firstSeen.set(problem.id, since);
      return { ...problem, since: problem.since ?? since };
    });
  }
}
