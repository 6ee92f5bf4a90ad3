/** What a chart's figures are. */
export type ChartUnit = 'records' | 'events' | 'share' | 'duration';

/** Times or values, and where they lie on the screen. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly at: (value: number) => number;
}

/** How the values of an axis are written, and what stands above them. */
export interface AxisText {
  readonly label: string;
  readonly text: (value: number) => string;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const TIME_STEPS = [MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR];
const DURATIONS = [
  { label: 'days', ms: 24 * HOUR },
  { label: 'hours', ms: HOUR },
  { label: 'minutes', ms: MINUTE },
] as const;

/** Pure. A range without length lies in the middle. */
export function linear([from, to]: readonly [number, number], [start, end]: readonly [number, number]): Scale {
  const share = (value: number): number => (to === from ? 0.5 : (value - from) / (to - from));
  return { from, to, at: (value) => start + share(value) * (end - start) };
}

/**
 * Round values from at or below `least` to at or above `most`, three to seven of them. Pure.
 * @param smallest no step is smaller: 1 where halves have no meaning
 */
export function niceTicks(least: number, most: number, smallest: number): number[] {
  const span = Math.max(most - least, smallest);
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = Math.max(smallest, ([1, 2, 2.5, 5].find((factor) => factor * power * 4 >= span) ?? 10) * power);
  const isWhole = smallest >= 1;
  const rounded = isWhole ? Math.ceil(step) : step;
  const first = Math.floor(least / rounded + 1e-9);
  const last = Math.max(first + 2, Math.ceil(most / rounded - 1e-9));
  // multiplied, not added up: a tenth ten times is not one
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * rounded).toPrecision(12)));
}

/** Round times between two, as many as there is room for. Pure. */
export function timeTicks(fromMs: number, toMs: number, most: number): number[] {
  const step = TIME_STEPS.find((ms) => (toMs - fromMs) / ms <= most) ?? 12 * HOUR;
  const first = Math.ceil(fromMs / step);
  return Array.from({ length: Math.max(0, Math.floor(toMs / step) - first + 1) }, (_, index) => (first + index) * step);
}

/** The values between which a chart lies: from zero, but for shares, which are all near one. Pure. */
export function valueTicks(unit: ChartUnit, values: readonly number[]): number[] {
  const most = Math.max(0, ...values);
  if (unit === 'share') return niceTicks(Math.min(0.99, ...values), 1, 0.0005).filter((share) => share <= 1);
  if (unit !== 'duration') return niceTicks(0, Math.max(2, most), 1);
  const { ms } = durationOf(most);
  return niceTicks(0, Math.max(2, most / ms), 1).map((value) => value * ms);
}

/** How the axis of these ticks is written. Pure. */
export function axisText(unit: ChartUnit, ticks: readonly number[]): AxisText {
  if (unit === 'share') return { label: '% equal', text: (value) => `${Number((value * 100).toFixed(2))}` };
  if (unit !== 'duration') return { label: unit, text: short };
  const { ms, label } = durationOf(ticks.at(-1) ?? 0);
  return { label, text: (value) => short(value / ms) };
}

/** `12,000` as `12k`, so that it has room beside an axis. Pure. */
function short(value: number): string {
  if (value >= 1_000_000) return `${Number((value / 1_000_000).toFixed(2))}M`;
  return value >= 10_000 ? `${Number((value / 1_000).toFixed(1))}k` : String(value);
}

function durationOf(ms: number): { readonly label: string; readonly ms: number } {
  return DURATIONS.find((duration) => ms >= 2 * duration.ms) ?? { label: 'seconds', ms: SECOND };
}

/** What a line is drawn through. */
export interface LinePoints {
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
  /** Over more than this no line is drawn. */
  readonly gapMs: number;
}

/** The path of a line; it breaks where nothing was measured, and what stands alone is a dot. Pure. */
export function toPath({ times, values, gapMs }: LinePoints, x: Scale, y: Scale): string {
  let path = '';
  let before: number | null = null;
  times.forEach((time, index) => {
    const value = values[index] ?? null;
    const place = value === null ? '' : `${x.at(time).toFixed(1)} ${y.at(value).toFixed(1)}`;
    // the line of no length makes a dot of what has no neighbour
    if (value !== null) path += before !== null && time - before <= gapMs ? `L${place}` : `M${place}h0`;
    before = value === null ? null : time;
  });
  return path;
}

/** Index of the time nearest to another; -1 where there is none. Times ascend. Pure. */
export function nearest(times: readonly number[], wanted: number): number {
  let [low, high] = [0, times.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  const isBefore = low > 0 && wanted - (times[low - 1] ?? 0) <= (times[low] ?? 0) - wanted;
  return times.length === 0 ? -1 : isBefore ? low - 1 : low;
}
