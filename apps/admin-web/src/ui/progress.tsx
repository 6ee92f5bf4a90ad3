import type { ReactElement } from 'react';

interface ProgressProps {
  readonly label: string;
  readonly value: number;
  readonly max: number;
}

/** How far something is, with its figures beside it for all. */
export function Progress({ label, value, max }: ProgressProps): ReactElement {
  const percent = max === 0 ? 100 : Math.floor((value / max) * 100);
  return (
    <div className="progress">
      <progress value={value} max={Math.max(1, max)} aria-label={label} />
      <span className="figure-text">{percent} %</span>
    </div>
  );
}
