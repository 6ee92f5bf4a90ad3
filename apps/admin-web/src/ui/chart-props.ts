import type { ChartUnit } from './chart-scale.js';

/** One line of a chart. */
export interface ChartLine {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/** What a chart shows. */
export interface ChartProps {
  readonly title: string;
  readonly unit: ChartUnit;
  readonly lines: readonly ChartLine[];
  /** Milliseconds since 1970, ascending, one for each value. */
  readonly times: readonly number[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Over more than this no line is drawn. */
  readonly gapMs: number;
}
