import type { ReplayPosition, ReplayStep } from './replay-ports.js';

/** Figures of a running replay. */
export interface ReplayProgress {
  /** Messages that the target has, those of earlier runs included. */
  readonly sent: number;
  readonly unreadable: number;
  /** Offsets passed and offsets to pass, of all windows. */
  readonly passed: bigint;
  readonly total: bigint;
  /** Messages a second since this run began. */
  readonly perSecond: number;
  /** Null while nothing can be said. */
  readonly etaSeconds: number | null;
  readonly positions: readonly ReplayPosition[];
}

/** Keeps the figures of one run. */
export class ReplayMeter {
  /** Steps of this run. */
  steps = 0;
  private readonly startedAtMs: number;
  private lastAtMs: number;
  private sentNow = 0;
  private readonly passedBefore: bigint;
  private readonly positions: Map<number, ReplayPosition>;

  constructor(
    positions: readonly ReplayPosition[],
    private readonly nowMs: () => number,
  ) {
    this.startedAtMs = this.lastAtMs = nowMs();
    this.positions = new Map(positions.map((position) => [position.partition, position]));
    this.passedBefore = passedOf(positions);
  }

  /** A step, or null for a sign of life. */
  add(step: ReplayStep | null): void {
    this.lastAtMs = this.nowMs();
    const position = step && this.positions.get(step.partition);
    if (!position) return;
    this.steps += 1;
    this.sentNow += step.sent;
    const sent = position.sent + step.sent;
    const unreadable = position.unreadable + step.unreadable;
    this.positions.set(step.partition, { ...position, nextOffset: step.nextOffset, sent, unreadable });
  }

  isQuietFor(ms: number): boolean {
    return this.nowMs() - this.lastAtMs >= ms;
  }

  read(): ReplayProgress {
    const positions = [...this.positions.values()];
    const seconds = Math.max(0.001, (this.nowMs() - this.startedAtMs) / 1000);
    const passed = passedOf(positions);
    const total = positions.reduce((sum, { fromOffset, untilOffset }) => sum + untilOffset - fromOffset, 0n);
    const passedPerSecond = Number(passed - this.passedBefore) / seconds;
    return {
      sent: positions.reduce((sum, { sent }) => sum + sent, 0),
      unreadable: positions.reduce((sum, { unreadable }) => sum + unreadable, 0),
      passed,
      total,
      perSecond: Math.round(this.sentNow / seconds),
      etaSeconds: passedPerSecond > 0 ? Math.ceil(Number(total - passed) / passedPerSecond) : null,
      positions,
    };
  }
}

function passedOf(positions: readonly ReplayPosition[]): bigint {
  return positions.reduce((sum, { fromOffset, nextOffset }) => sum + nextOffset - fromOffset, 0n);
}
