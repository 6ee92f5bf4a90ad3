import type { ReactElement } from 'react';
import type { SeedPlanReport } from '#contracts';
import { Notice } from '../ui/parts.js';
import { FigureTable } from '../ui/table.js';
import { counted } from '../ui/text.js';

/** What a seed would read, and what its target has. Nothing has been written. */
export function SeedDryRun({ plan }: { readonly plan: SeedPlanReport }): ReactElement {
  const { messages, source, target, shape, partitions } = plan;
  return (
    <>
      <Notice tone="accent">
        <strong>
          At most {counted(messages, 'message')} of {source} would be read into {target}.
        </strong>{' '}
        Nothing was written yet.
      </Notice>
      <dl className="facts-list">
        <dt>What it would hold</dt>
        <dd>{shape}</dd>
        <dt>What is there</dt>
        <dd>{describeTarget(plan)}</dd>
      </dl>
      <FigureTable
        label="By partition"
        heads={['Partition', 'From', 'Until', 'Messages']}
        rows={partitions.map(({ partition, from, until }) => [partition, from, until, Number(until) - Number(from)])}
      />
    </>
  );
}

function describeTarget({ isResumed, liveRecords }: SeedPlanReport): string {
  if (!isResumed) return 'nothing: it will be made';
  const held = liveRecords === null ? 'An earlier seed' : `An earlier seed with ${counted(liveRecords, 'record')}`;
  return `${held}: it goes on where that one ended`;
}
