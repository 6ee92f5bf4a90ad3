import { describeExcess, findExcess, toThresholds } from '#golden-record';
import type { LiveLimits } from '#hub-file';
import { HubError, instantOfMs, toHubError, type Clock, type SystemId } from '#kernel';
import { assertGoing, SourceComparison, type ComparisonOptions } from './compare-sources.js';
import { PatientReader } from './patient-reader.js';
import type { SeedPosition } from './ports.js';
import type { SourceDifferences, SourceReader, SourceScan } from './source-ports.js';

/** What sources are gathered with. */
export interface GatherOptions extends ComparisonOptions {
  readonly clock: Clock;
  /** Differences beyond these are refused; null where a person accepted whatever differs. */
  readonly limits: LiveLimits | null;
  /** Told after every page of a system. */
  readonly onScan?: (scan: SourceScan) => void;
  readonly random?: () => number;
}

const MAX_RESTARTS = 2;

/**
 * Reads the sources of an entity to their end and stages what differs from the topic. The topic's end offsets are noted before the
 * first page is asked for: what a source says is at least as new as everything that the topic says before them, and what the topic
 * says after them is applied over it. Goes on where it was left, however hard.
 */
export class SourceGathering {
  constructor(private readonly options: GatherOptions) {}

  /**
   * Notes the topic, before anything is made in the target; what is staged for a target that is there is kept.
   * @param positions of the target; null where it is absent
   * @throws HubError HUB_SEED_TARGET_INVALID for a target that went on, and of which nothing is staged
   */
  async begin(positions: ReadonlyMap<number, SeedPosition> | null): Promise<void> {
    const { stage, pages } = this.options;
    if (positions && (await stage.find())) return;
    const ranges = positions && (await pages.offsets());
    for (const [partition, { nextOffset, state }] of positions ?? []) {
      if (state === 'seeding' && ranges?.get(partition)?.low === nextOffset) continue;
      const message = 'What the sources of this target said is not known any more: seed into a new target.';
      throw new HubError('HUB_SEED_TARGET_INVALID', message, { partition });
    }
    await this.note();
  }

  /** Resolves when all is staged. @throws HubError HUB_SEED_DIFFERS beyond the limits, HUB_SCAN_INCOMPLETE when `signal` is aborted, as {@link SourceReader} and the topic */
  async run(signal: AbortSignal): Promise<void> {
    if ((await this.staged()).differences) return;
    const { clock, random } = this.options;
    const reader = new PatientReader(this.options.reader, clock, signal, random);
    for (const system of reader.systems) await this.scan(system, reader, signal);
    const { noted, scans } = await this.staged();
    const comparison = new SourceComparison({ ...this.options, reader }, signal);
    try {
      await comparison.run(noted, (differences) => this.judge(differences, scans));
    } catch (error) {
      if (toHubError(error).code === 'HUB_SEED_DIFFERS') await this.note(); // the next run reads anew
      throw error;
    }
  }

  private async note(): Promise<void> {
    const { stage, pages, clock } = this.options;
    const notedAt = instantOfMs(clock.nowMs());
    const ranges = await pages.offsets();
    await stage.begin({ notedAt, ranges });
  }

  /** As the guard holds such a batch on the live path. */
  private judge({ changed, removed, ...rest }: SourceDifferences, scans: readonly SourceScan[]): void {
    const { limits } = this.options;
    if (!limits) return;
    const catalogue = Math.max(0, ...scans.map(({ records }) => records));
    const counts = new Map([
      ['deletes', removed],
      ['changed', changed + removed],
    ] as const);
    const excess = findExcess(counts, toThresholds(limits, catalogue));
    if (!excess) return;
    const reason = `The topic differs from its sources by too much: ${describeExcess(excess)}.`;
    throw new HubError('HUB_SEED_DIFFERS', reason, { changed, removed, ...rest });
  }

  private async scan(system: SystemId, reader: SourceReader, signal: AbortSignal): Promise<void> {
    for (let restarts = 0; ;) {
      assertGoing(signal);
      const scan = await this.findScan(system);
      if (scan?.isEnded) return;
      try {
        const cursor = scan?.cursor ?? null;
        await this.options.stage.addPage(system, cursor, await reader.read(system, cursor));
      } catch (error) {
        if (toHubError(error).code !== 'HUB_SCAN_CURSOR_EXPIRED' || (restarts += 1) > MAX_RESTARTS) throw error;
        await this.options.stage.restart(system);
      }
    }
  }

  /** Tells how far it is. */
  private async findScan(system: SystemId): Promise<SourceScan | undefined> {
    const { scans } = await this.staged();
    const scan = scans.find((one) => one.system === system);
    if (scan) this.options.onScan?.(scan);
    return scan;
  }

  private async staged() {
    const staged = await this.options.stage.find();
    if (staged) return staged;
    throw new HubError('HUB_SEED_TARGET_INVALID', 'What the sources said was removed meanwhile.');
  }
}
