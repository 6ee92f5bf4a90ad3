import { setTimeout as sleep } from 'node:timers/promises';
import type { DriftItem, RoundReport } from '#contracts';
import type { ScratchHub } from '#hub-runner';

/** A round that ended, with what it named. */
export interface EndedRound {
  readonly report: RoundReport;
  readonly drift: readonly DriftItem[];
}

const POLL_MS = 100;
const MOST_LISTED = 10_000;

/** Full scans of the systems, one after the other without a pause, until {@link stop}. */
export class Scans {
  readonly rounds: EndedRound[] = [];
  private isStopping = false;

  constructor(
    private readonly hub: ScratchHub,
    private readonly systems: readonly string[],
  ) {}

  /** Resolves when the round under way has ended after {@link stop}. */
  async run(): Promise<void> {
    this.isStopping = false;
    for (let n = 0; !this.isStopping; n += 1) await this.scan(this.systems[n % this.systems.length] ?? '');
  }

  stop(): void {
    this.isStopping = true;
  }

  /** One round of a system, to its end; one that is held is left to people, and ends the scans of the system. */
  async scan(system: string): Promise<EndedRound> {
    const { processes } = this.hub;
    const [started] = await processes.call<RoundReport[]>('reconciler', '/rounds', { system, entity: 'product' });
    for (;;) {
      const report = await processes.call<RoundReport>('reconciler', `/rounds/${started?.id}`);
      if (report.state === 'held') throw new Error(`A round of ${system} is held: ${JSON.stringify(report)}`);
      if (report.endedAt !== null) return this.note(report);
      await sleep(POLL_MS);
    }
  }

  private async note(report: RoundReport): Promise<EndedRound> {
    const path = `/rounds/${report.id}/drift?limit=${MOST_LISTED}`;
    const drift = await this.hub.processes.call<DriftItem[]>('reconciler', path);
    const ended = { report, drift };
    this.rounds.push(ended);
    const { system, state, scanned, changed, missing, foreign, undecided, fixed, problem, startedAt, endedAt } = report;
    const seconds = (Date.parse(endedAt ?? startedAt) - Date.parse(startedAt)) / 1_000;
    const figures = { changed, missing, foreign, undecided, fixed, problem };
    console.log(JSON.stringify({ round: system, state, seconds, scanned, ...figures }));
    return ended;
  }
}
