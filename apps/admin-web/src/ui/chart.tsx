import { useId, useState, type KeyboardEvent, type PointerEvent, type ReactElement } from 'react';
import { axisText, linear, nearest, timeTicks, toPath, valueTicks, type ChartUnit, type Scale } from './chart-scale.js';
import { ChartTable } from './chart-table.js';
import { clock, readOut } from './chart-text.js';
import type { ChartLine, ChartProps } from './chart-props.js';
import { useWidth } from './use-width.js';

/** More lines can not be told apart. */
const MOST_LINES = 6;
const HEIGHT = 190;
const EDGE = { left: 44, right: 10, top: 22, bottom: 24 };
const JUMP = 10;

/**
 * Lines over time with axes. The keys under it say each line's name and its value: at the time pointed at or chosen with the arrow
 * keys, else the latest. The table has every value.
 */
export function Chart(props: ChartProps): ReactElement {
  const { title, unit, times } = props;
  const [chosenMs, choose] = useState<number | null>(null);
  const headId = useId();
  const measured = props.lines.filter(({ values }) => values.some((value) => value !== null));
  const highest = [...measured].sort((a, b) => peak(b) - peak(a)).slice(0, MOST_LINES);
  const lines = measured.filter((line) => highest.includes(line));
  const index = chosenMs === null ? times.length - 1 : nearest(times, chosenMs);
  return (
    <figure className="chart" aria-labelledby={headId}>
      <figcaption>
        <h3 id={headId}>{title}</h3>
        <span className="muted">{clock(times[index])}</span>
      </figcaption>
      {lines.length === 0 ? (
        <p className="muted">Nothing of it was measured in this time.</p>
      ) : (
        <>
          <Plot {...props} lines={lines} index={index} isChosen={chosenMs !== null} choose={choose} />
          <ul className="chart-keys">
            {lines.map(({ label, values }, at) => (
              <li key={label}>
                <svg width="26" height="10" aria-hidden="true">
                  <path className="chart-line" data-line={at} d="M1 5H25" />
                </svg>
                {label} <strong>{readOut(unit, values[index] ?? null)}</strong>
              </li>
            ))}
          </ul>
          <ChartTable {...props} lines={measured} more={measured.length - lines.length} />
        </>
      )}
    </figure>
  );
}

function peak({ values }: ChartLine): number {
  return Math.max(0, ...values.map((value) => value ?? 0));
}

interface PlotProps extends ChartProps {
  readonly index: number;
  readonly isChosen: boolean;
  readonly choose: (atMs: number | null) => void;
}

/** A slider over the times: a screen reader says the values at each. */
function Plot(props: PlotProps): ReactElement {
  const { title, unit, lines, times, index, choose, fromMs, toMs } = props;
  const [ref, width] = useWidth<HTMLDivElement>();
  const x = linear([fromMs, toMs], [EDGE.left, Math.max(EDGE.left, width - EDGE.right)]);
  const said = lines.map(({ label, values }) => `${label} ${readOut(unit, values[index] ?? null)}`).join(', ');
  const point = ({ clientX, currentTarget }: PointerEvent): void => {
    const share = (clientX - currentTarget.getBoundingClientRect().left - EDGE.left) / (x.at(toMs) - EDGE.left);
    choose(times[nearest(times, fromMs + share * (toMs - fromMs))] ?? null);
  };
  const press = (event: KeyboardEvent): void => {
    const next = indexAfter(event.key, index, times.length);
    if (event.key === 'Escape') choose(null);
    if (next === null) return;
    event.preventDefault();
    choose(times[next] ?? null);
  };
  return (
    <div
      ref={ref}
      className="chart-plot"
      role="slider"
      tabIndex={0}
      aria-label={`${title}: time`}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, times.length - 1)}
      aria-valuenow={Math.max(0, index)}
      aria-valuetext={`${clock(times[index])}: ${said}`}
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={() => choose(null)}
      onKeyDown={press}
      onBlur={() => choose(null)}
    >
      <Drawing {...props} x={x} width={width} />
    </div>
  );
}

interface DrawingProps extends PlotProps {
  readonly x: Scale;
  readonly width: number;
}

function Drawing({ unit, lines, times, gapMs, index, isChosen, toMs, x, width }: DrawingProps): ReactElement {
  const ticks = valueTicks(
    unit,
    lines.flatMap(({ values }) => values.flatMap((value) => value ?? [])),
  );
  const y = linear([ticks[0] ?? 0, ticks.at(-1) ?? 1], [HEIGHT - EDGE.bottom, EDGE.top]);
  return (
    <svg width={width} height={HEIGHT} aria-hidden="true">
      <Axes unit={unit} ticks={ticks} x={x} y={y} width={width} />
      {lines.map(({ label, values }, at) => (
        <path key={label} className="chart-line" data-line={at} d={toPath({ times, values, gapMs }, x, y)} />
      ))}
      {isChosen && (
        <path className="chart-cursor" d={`M${x.at(times[index] ?? toMs)} ${EDGE.top}V${HEIGHT - EDGE.bottom}`} />
      )}
    </svg>
  );
}

interface AxesProps {
  readonly unit: ChartUnit;
  readonly ticks: readonly number[];
  readonly x: Scale;
  readonly y: Scale;
  readonly width: number;
}

function Axes({ unit, ticks, x, y, width }: AxesProps): ReactElement {
  const { label, text } = axisText(unit, ticks);
  const times = timeTicks(x.from, x.to, Math.max(2, Math.floor(width / 80)));
  const isInside = (ms: number): boolean => x.at(ms) >= EDGE.left + 14 && x.at(ms) <= width - 44;
  return (
    <g className="chart-axes">
      <text x={0} y={11}>
        {label}
      </text>
      {ticks.map((tick) => (
        <g key={tick}>
          <path d={`M${EDGE.left} ${y.at(tick)}H${Math.max(EDGE.left, width - EDGE.right)}`} />
          <text x={EDGE.left - 6} y={y.at(tick) + 4} textAnchor="end">
            {text(tick)}
          </text>
        </g>
      ))}
      {times.filter(isInside).map((ms) => (
        <g key={ms}>
          <path d={`M${x.at(ms)} ${HEIGHT - EDGE.bottom}v4`} />
          <text x={x.at(ms)} y={HEIGHT - 6} textAnchor="middle">
            {new Date(ms).toISOString().slice(11, 16)}
          </text>
        </g>
      ))}
      <text x={width} y={HEIGHT - 6} textAnchor="end">
        UTC
      </text>
    </g>
  );
}

function indexAfter(key: string, index: number, count: number): number | null {
  const steps: Readonly<Record<string, number>> = {
    ...{ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: JUMP, PageDown: -JUMP },
    ...{ Home: -count, End: count },
  };
  const step = steps[key];
  return step === undefined || count === 0 ? null : Math.min(count - 1, Math.max(0, index + step));
}
