import type { ReactElement } from 'react';

const WIDTH = 120;
const HEIGHT = 28;
const PAD = 2;

/** How a number moved; what it is now is said beside it. Flat at the bottom means zero. */
export function Sparkline({
  points,
  label,
}: {
  readonly points: readonly number[];
  readonly label: string;
}): ReactElement {
  return (
    <svg className="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <polyline
        points={toLine(points)}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}

/** Pure. */
export function toLine(points: readonly number[]): string {
  const values = points.length === 1 ? [...points, ...points] : points;
  const most = Math.max(1, ...values);
  const step = WIDTH / Math.max(1, values.length - 1);
  const toY = (value: number): number => HEIGHT - PAD - (value / most) * (HEIGHT - 2 * PAD);
  return values.map((value, index) => `${(index * step).toFixed(1)},${toY(value).toFixed(1)}`).join(' ');
}
