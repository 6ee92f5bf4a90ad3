import type { ReactElement } from 'react';
import type { SeedPlanReport } from '#contracts';
import { Notice } from '../ui/parts.js';
import { figures, FigureTable, Table } from '../ui/table.js';
import { counted, grouped, took } from '../ui/text.js';

/** What a seed would read, and what its target has. Nothing has been written. */
export function SeedDryRun({ plan }: { readonly plan: SeedPlanReport }): ReactElement {
  const { messages, source, target, shape, partitions, scans } = plan;
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
      {scans.length > 0 && <Scans scans={scans} />}
      <FigureTable
        label="By partition"
        heads={['Partition', 'From', 'Until', 'Messages']}
        rows={partitions.map(({ partition, from, until }) => [partition, from, until, Number(until) - Number(from)])}
      />
    </>
  );
}

/** What reading the sources costs. */
function Scans({ scans }: Pick<SeedPlanReport, 'scans'>): ReactElement {
  return (
    <>
      <p>Before that these systems are read to their end, one call a page, within the budget of their rounds.</p>
      <Table label="Scans of the sources" heads={['System', ...figures('Records', 'Calls', 'Calls a second', 'Takes')]}>
        {scans.map(({ system, records, pages, callsPerSecond, minutes }) => (
          <tr key={system}>
            <th scope="row">{system}</th>
            <td className="number">{grouped(records)}</td>
            <td className="number">{grouped(pages)}</td>
            <td className="number">{callsPerSecond ?? 'no limit'}</td>
            <td className="number">{minutes === null ? 'unknown' : took(minutes * 60_000)}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

function describeTarget({ isResumed, liveRecords }: SeedPlanReport): string {
  if (!isResumed) return 'nothing: it will be made';
  const held = liveRecords === null ? 'An earlier seed' : `An earlier seed with ${counted(liveRecords, 'record')}`;
  return `${held}: it goes on where that one ended`;
}
