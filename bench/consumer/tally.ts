import type { AvroRecord } from '#contracts';

/** What a consumer did with the events of a topic. */
export interface Figures {
  readonly seconds: number;
  readonly messagesPerS: number;
  readonly cpuMicrosPerMessage: number;
  readonly peakRssMiB: number;
  /** Events that were not handled. */
  readonly lost: number;
  readonly duplicates: number;
  /** Events handled after a later one of their key. */
  readonly outOfOrder: number;
}

/** Counts decoded events as they are handled; time and CPU run from the first event to the last. */
export class Tally {
  private readonly seen: Uint8Array;
  private readonly lastOfKey = new Map<string, number>();
  private handled = 0;
  private duplicates = 0;
  private outOfOrder = 0;
  private startedAtMs = 0;
  private endedAtMs = 0;
  private startCpu: NodeJS.CpuUsage | undefined;
  private endCpu: NodeJS.CpuUsage | undefined;

  constructor(
    private readonly count: number,
    private readonly onComplete: () => void,
  ) {
    this.seen = new Uint8Array(count);
  }

  take(record: AvroRecord | null): void {
    if (!this.startCpu) this.begin();
    const index = Number(record?.['sequence']);
    if (this.seen[index] === 1) {
      this.duplicates += 1;
      return;
    }
    this.seen[index] = 1;
    const key = String(record?.['externalId']);
    const last = this.lastOfKey.get(key) ?? -1;
    if (index < last) this.outOfOrder += 1;
    else this.lastOfKey.set(key, index);
    this.handled += 1;
    if (this.handled === this.count) this.end();
  }

  /** Figures so far: of all events once the last was handled. */
  figures(): Figures {
    const seconds = ((this.endedAtMs || performance.now()) - this.startedAtMs) / 1000;
    const cpu = this.endCpu ?? process.cpuUsage(this.startCpu);
    return {
      seconds: Number(seconds.toFixed(2)),
      messagesPerS: Math.round(this.handled / seconds),
      cpuMicrosPerMessage: Number(((cpu.user + cpu.system) / this.handled).toFixed(2)),
      peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
      lost: this.count - this.handled,
      duplicates: this.duplicates,
      outOfOrder: this.outOfOrder,
    };
  }

  private begin(): void {
    this.startCpu = process.cpuUsage();
    this.startedAtMs = performance.now();
  }

  private end(): void {
    this.endedAtMs = performance.now();
    this.endCpu = process.cpuUsage(this.startCpu);
    this.onComplete();
  }
}
