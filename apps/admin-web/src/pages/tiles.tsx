import type { ReactElement } from 'react';
import type { HubOverview } from '#contracts';
import { counted, grouped } from '../ui/text.js';

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** The hub in four figures. */
export function Tiles({ overview }: { readonly overview: HubOverview }): ReactElement {
  const { golden, systems, holds } = overview;
  const statuses = systems.flatMap(({ status }) => status ?? []);
  const due = sum(statuses.flatMap(({ entities }) => entities.map((entity) => entity.due)));
  const waiting = sum([golden?.outboxRows ?? 0, ...statuses.map(({ outboxRows }) => outboxRows)]);
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
      <Tile label="Records to write" figure={grouped(due)} foot={silentText(systems.length - statuses.length)} />
      <Tile
        label="Events waiting for Kafka"
        figure={grouped(waiting)}
        foot={silentText(systems.length - statuses.length)}
      />
    </div>
  );
}

function holdsText(holds: HubOverview['holds']): string {
  return holds.length === 0 ? 'nothing is held' : `${counted(sum(holds.map(({ count }) => count)), 'record')} held`;
}

/** What of the systems is not in a figure. */
function silentText(silent: number): string {
  return silent === 0
    ? 'in all systems'
    : `without ${counted(silent, 'system')} that ${silent === 1 ? 'does' : 'do'} not answer`;
}

interface TileProps {
  readonly label: string;
  readonly figure: string;
  readonly foot: string;
}

function Tile({ label, figure, foot }: TileProps): ReactElement {
  return (
    <div className="panel tile">
      <div className="label">{label}</div>
      <div className="figure">{figure}</div>
      <div className="foot">{foot}</div>
    </div>
  );
}
