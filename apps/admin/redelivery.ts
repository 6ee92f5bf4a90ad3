import type { HubOverview } from '#contracts';
import { HubError, Turns } from '#kernel';
import type { DeadLetter, DeadLetterGroup } from '#replay';
import type { ReplayDesks, ReplayHub, ReplayRunner } from '#replay-desk';
import { toReplayReport } from './redelivery-reports.js';

/** What a redelivery is made of. */
export interface RedeliveryOptions {
  readonly hub: ReplayHub;
  readonly runner: ReplayRunner;
}

const SHOWN_REPLAYS = 50;
/** A dry run reads the brokers' topics: longer than this nobody waits before a page. */
const DRY_RUN_MS = 300_000;

/** Replays, dead letters and offsets, as the controllers use them. */
export class Redelivery {
  readonly runner: ReplayRunner;
  readonly store: ReplayHub['replayStore'];
  readonly letters: ReplayHub['letters'];
  private readonly dryRuns = new Turns();

  constructor(private readonly options: RedeliveryOptions) {
    this.runner = options.runner;
    this.store = options.hub.replayStore;
    this.letters = options.hub.letters;
  }

  /** Opens Kafka for the work. @throws HubError HUB_BROKER_*; what the work throws */
  during<T>(work: (desks: ReplayDesks) => Promise<T>): Promise<T> {
    return this.options.hub.during(work);
  }

  /** One dry run after another: pages must not crowd the brokers. The signal of the work ends with the browser's wait. */
  dryRun<T>(leaving: AbortSignal, work: (desks: ReplayDesks, signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.dryRuns.take(() =>
      this.during((desks) => work(desks, AbortSignal.any([leaving, AbortSignal.timeout(DRY_RUN_MS)]))),
    );
  }

  /** The latest first. */
  replays(): ReturnType<ReplayHub['replayStore']['list']> {
    return this.store.list(SHOWN_REPLAYS);
  }

  /** @throws HubError HUB_NOT_FOUND */
  async getLetter(id: string): Promise<DeadLetter> {
    const letter = await this.letters.find(id);
    if (letter) return letter;
    throw new HubError('HUB_NOT_FOUND', `There is no dead letter ${id}.`, { id });
  }

  /** What the page keeps live. @throws HubError HUB_DATABASE_* */
  async overview(): Promise<Pick<HubOverview, 'deadLetters' | 'replays'>> {
    const [groups, sending, replays] = await Promise.all([
      this.letters.groups({}),
      this.letters.countOrdered(),
      this.replays(),
    ]);
    return { deadLetters: { ...sumOf(groups), sending }, replays: replays.map(toReplayReport) };
  }
}

function sumOf(groups: readonly DeadLetterGroup[]): {
  readonly letters: number;
  readonly causes: number;
  readonly firstAt: DeadLetterGroup['firstAt'] | null;
} {
  const letters = groups.reduce((sum, group) => sum + group.letters, 0);
  const firstAt = groups.map((group) => group.firstAt).sort()[0] ?? null;
  return { letters, causes: groups.length, firstAt };
}
