import type { OffsetRange, PageOutcome, SeedPage, SeedPosition, UnreadableMessage } from './ports.js';

/** Where one partition is. */
export interface PartitionProgress extends SeedPosition {
  readonly partition: number;
  readonly untilOffset: bigint;
}

/** Figures of a running seed. */
export interface SeedProgress {
  /** Rows written by this run. */
  readonly rows: number;
  readonly messages: number;
  readonly rowsPerSecond: number;
  /** Of the offsets to read, 0–100. */
  readonly percent: number;
  /** Null while nothing can be said. */
  readonly etaSeconds: number | null;
  readonly isLive: boolean;
  readonly partitions: readonly PartitionProgress[];
  readonly unreadable: number;
  /** The first messages that were passed over. */
  readonly unreadableSamples: readonly UnreadableMessage[];
}

const SAMPLES = 10;

/** Keeps the figures of one run. */
export class ProgressMeter {
  private readonly startedAtMs: number;
  private readonly positions = new Map<number, SeedPosition>();
  private ranges: ReadonlyMap<number, OffsetRange> = new Map();
  private startOffsets = 0n;
  private rows = 0;
  private messages = 0;
  private unreadable = 0;
  private readonly samples: UnreadableMessage[] = [];

  constructor(private readonly nowMs: () => number) {
    this.startedAtMs = nowMs();
  }

  /** Takes over positions and ends at the start of a read. */
  start(positions: ReadonlyMap<number, SeedPosition>, ranges: ReadonlyMap<number, OffsetRange>): void {
    this.ranges = ranges;
    if (this.positions.size === 0) this.startOffsets = sum([...positions.values()].map(({ nextOffset }) => nextOffset));
    for (const [partition, position] of positions) this.positions.set(partition, position);
  }

  /** Ends that were drawn again. */
  redraw(ranges: ReadonlyMap<number, OffsetRange>): void {
    this.ranges = ranges;
  }

  add(page: SeedPage, outcome: PageOutcome): void {
    this.positions.set(page.partition, outcome.position);
    this.rows += outcome.rows;
    this.messages += page.messages.length;
    this.unreadable += page.unreadable.length;
    this.samples.push(...page.unreadable.slice(0, SAMPLES - this.samples.length));
  }

  /** True once every partition passed its drawn end. */
  get hasPassedEnds(): boolean {
    return [...this.ranges].every(
      ([partition, { high }]) => (this.positions.get(partition)?.nextOffset ?? -1n) >= high,
    );
  }

  read(isLive: boolean): SeedProgress {
    const partitions = [...this.positions].map(([partition, position]) => ({
      partition,
      ...position,
      untilOffset: this.ranges.get(partition)?.high ?? position.nextOffset,
    }));
    const low = sum([...this.ranges.values()].map((range) => range.low));
    const until = sum(partitions.map(({ untilOffset }) => untilOffset));
    const at = sum(
      partitions.map(({ nextOffset, untilOffset }) => (nextOffset < untilOffset ? nextOffset : untilOffset)),
    );
    const seconds = Math.max(0.001, (this.nowMs() - this.startedAtMs) / 1000);
    const offsetsPerSecond = Number(at - this.startOffsets) / seconds;
    return {
      rows: this.rows,
      messages: this.messages,
      rowsPerSecond: Math.round(this.rows / seconds),
      percent: until > low ? Math.floor((Number(at - low) * 100) / Number(until - low)) : 100,
      etaSeconds: offsetsPerSecond > 0 ? Math.ceil(Number(until - at) / offsetsPerSecond) : null,
      isLive,
      partitions,
      unreadable: this.unreadable,
      unreadableSamples: [...this.samples],
    };
  }
}

function sum(numbers: readonly bigint[]): bigint {
  return numbers.reduce((total, number) => total + number, 0n);
}
