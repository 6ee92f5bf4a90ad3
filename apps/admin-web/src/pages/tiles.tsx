import type { ReactElement } from 'react';
import type { HubOverview } from '#contracts';
import { Sparkline } from '../ui/sparkline.js';
import { counted, grouped } from '../ui/text.js';

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** The hub in four figures. */
export function Tiles({ overview }: { readonly overview: HubOverview }): ReactElement {
  const { golden, systems, holds, trend } = overview;
  const due = trend.map((point) => sum(Object.values(point.due)));
  const waiting = trend.map((point) => sum(Object.values(point.waiting)));
  const running = systems.filter(({ status }) => status?.state === 'running').length;
  const entities = golden?.entities.length ?? 0;
  return (
    <div className="tiles">
      <Tile
        label="Records agreed"
        figure={golden ? grouped(sum(golden.entities.map(({ live }) => live))) : '–'}
        foot={golden ? `in ${counted(entities, 'entity', 'entities')}` : 'golden does not answer'}
      />
      <Tile label="Systems running" figure={`${running} of ${systems.length}`} foot={holdsText(holds)} />
      <Tile label="Records to write" figure={grouped(due.at(-1) ?? 0)} trend={due} />
      <Tile label="Events waiting for Kafka" figure={grouped(waiting.at(-1) ?? 0)} trend={waiting} />
    </div>
  );
}

function holdsText(holds: HubOverview['holds']): string {
  return holds.length === 0 ? 'nothing is held' : `${counted(sum(holds.map(({ count }) => count)), 'record')} held`;
}

interface TileProps {
  readonly label: string;
  readonly figure: string;
  readonly foot?: string;
  readonly trend?: readonly number[];
}

function Tile({ label, figure, foot, trend }: TileProps): ReactElement {
  return (
    <div className="panel tile">
      <div className="label">{label}</div>
      <div className="figure">{figure}</div>
      {trend ? <Sparkline points={trend} label={`${label}, the last half hour`} /> : <div className="foot">{foot}</div>}
    </div>
  );
}
