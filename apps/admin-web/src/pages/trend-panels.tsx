import { useState, type ReactElement } from 'react';
import type { TrendMeasure, TrendReport } from '#contracts';
import { Chart } from '../ui/chart.js';
import type { ChartUnit } from '../ui/chart-scale.js';
import { Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { counted } from '../ui/text.js';

interface TrendChart {
  readonly title: string;
  readonly measure: TrendMeasure;
}

const UNITS: Readonly<Record<TrendMeasure, ChartUnit>> = {
  ...{ due: 'records', waiting: 'events', openDrift: 'records' },
  ...{ behindMs: 'duration', oldestDriftMs: 'duration', confirmedEqual: 'share' },
};
const DUE = { title: 'Records to write', measure: 'due' } as const;
const WAITING = { title: 'Events waiting for Kafka', measure: 'waiting' } as const;
const OPEN = { title: 'Open drift', measure: 'openDrift' } as const;
const RANGES = [1, 6, 24] as const;
const EVERY_MS = 30_000;
const SHORTEST_MS = 5 * 60_000;

/** How the whole hub was. */
export function MorningTrend(): ReactElement {
  return <TrendPanel charts={[DUE, WAITING, OPEN]} />;
}

/** How a system was. */
export function SystemTrend({ system }: { readonly system: string }): ReactElement {
  const behind = { title: 'How far reading is behind', measure: 'behindMs' } as const;
  return <TrendPanel charts={[DUE, WAITING, behind, { ...OPEN, title: 'Open drift by class' }]} system={system} />;
}

/** How drift was, by system. */
export function DriftTrend(): ReactElement {
  const equal = { title: 'Share of keys confirmed equal', measure: 'confirmedEqual' } as const;
  const oldest = { title: 'Age of the oldest drift', measure: 'oldestDriftMs' } as const;
  return <TrendPanel charts={[OPEN, equal, oldest]} />;
}

interface TrendPanelProps {
  readonly charts: readonly TrendChart[];
  readonly system?: string;
}

function TrendPanel({ charts, system }: TrendPanelProps): ReactElement {
  const [hours, setHours] = useState<number>(24);
  const query = new URLSearchParams({ hours: String(hours), ...(system !== undefined && { system }) });
  return (
    <Panel title="Over time" end={<Ranges hours={hours} choose={setHours} />}>
      <QueryView<TrendReport> path={`/api/trend?${query.toString()}`} what="how it was" everyMs={() => EVERY_MS}>
        {(report) => <TrendCharts charts={charts} report={report} />}
      </QueryView>
    </Panel>
  );
}

interface RangesProps {
  readonly hours: number;
  readonly choose: (hours: number) => void;
}

function Ranges({ hours, choose }: RangesProps): ReactElement {
  return (
    <div className="row" role="group" aria-label="How far back">
      {RANGES.map((range) => (
        <button className="button" key={range} aria-pressed={range === hours} onClick={() => choose(range)}>
          {counted(range, 'hour')}
        </button>
      ))}
    </div>
  );
}

interface TrendChartsProps {
  readonly charts: readonly TrendChart[];
  readonly report: TrendReport;
}

function TrendCharts({ charts, report }: TrendChartsProps): ReactElement {
  const { since, at, times, gapMs, series } = report;
  const toMs = Date.parse(at);
  // what is older than the first measurement would be an empty chart with a line at its edge
  const fromMs = Math.min(toMs - SHORTEST_MS, Math.max(Date.parse(since), times[0] ?? 0));
  const place = { times, gapMs, fromMs, toMs };
  return (
    <div className="charts">
      {charts.map(({ title, measure }) => (
        <Chart
          key={title}
          {...{ title, unit: UNITS[measure], ...place }}
          lines={series
            .filter((one) => one.measure === measure)
            .map(({ of, kind, values }) => ({ label: kind ?? of, values }))}
        />
      ))}
    </div>
  );
}
