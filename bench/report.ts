/** Arguments of every bench. */
export interface BenchArguments {
  readonly rounds: number;
  /** Records of one run. */
  readonly size: number;
  /** Whether to measure how memory grows with three times the size. */
  readonly growth: boolean;
  /** What it is measured beside; its own floor without it. */
  readonly peer?: string;
  /** How long live writes go on, how many a second, and how many pairs of windows follow; of the soak alone. */
  readonly minutes?: number;
  readonly rate?: number;
  readonly pairs?: number;
  /** Which store; the bench's own choice without it. */
  readonly store?: 'api' | 'vendure';
  /** Whether the process under test is killed in the middle. */
  readonly kill?: boolean;
  /** Where CPU profiles are written; none without it. */
  readonly profileFolder?: string;
}

/** One goal of the issue with the figure measured. */
export interface Goal {
  readonly name: string;
  readonly value: number;
  readonly goal: string;
  readonly met: boolean;
}

/** What a bench prints as its last line. It never asserts. */
export interface BenchResult {
  readonly goals: readonly Goal[];
  readonly runs: readonly Readonly<Record<string, unknown>>[];
}

/** Minimum, median and maximum of a figure over the rounds. */
export function spread(values: readonly number[]): {
  readonly min: number;
  readonly median: number;
  readonly max: number;
} {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { min: at(0), median: at(Math.floor((sorted.length - 1) / 2)), max: at(sorted.length - 1) };
}
