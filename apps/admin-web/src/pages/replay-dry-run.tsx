import type { ReactElement } from 'react';
import type { ReplayPlanReport } from '#contracts';
import { Badge, Empty, Notice, Panel } from '../ui/parts.js';
import { figures, FigureTable, Table } from '../ui/table.js';
import { counted, grouped, utc } from '../ui/text.js';

/** What a replay would do: how many, who gets them, and the first of them. Nothing has been written. */
export function ReplayDryRun({ plan }: { readonly plan: ReplayPlanReport }): ReactElement {
  const { selected, messages, source, target, warnings, keysNotFound, unreadable } = plan;
  return (
    <>
      <Notice tone="accent">
        <strong>
          {counted(selected, 'message')} of {source} would go to{' '}
          {target.group === null ? target.topic : `the lane of ${target.group}`}.
        </strong>{' '}
        {grouped(messages)} were looked at. Nothing was written yet.
      </Notice>
      {warnings.map((warning) => (
        <Notice key={warning} tone="warn">
          {warning}
        </Notice>
      ))}
      {unreadable > 0 && (
        <Notice tone="warn">
          {counted(unreadable, 'message')} can’t be read to be judged, and would be passed over.
        </Notice>
      )}
      {keysNotFound.length > 0 && <Notice tone="warn">No message of the keys: {keysNotFound.join(', ')}</Notice>}
      <Affected plan={plan} />
      <Counts plan={plan} />
      <Samples plan={plan} />
    </>
  );
}

function Affected({ plan: { affected, target } }: { readonly plan: ReplayPlanReport }): ReactElement {
  return (
    <Panel title="Who gets them" flush>
      {affected.length === 0 ? (
        <Empty title={`No group reads ${target.topic}.`} />
      ) : (
        <Table label="Who gets them" heads={['Consumer group', 'State']}>
          {affected.map(({ groupId, state, isSubscribed }) => (
            <tr key={groupId}>
              <th scope="row" className="key">
                {groupId}
              </th>
              <td>
                <Badge tone={isSubscribed ? 'ok' : 'warn'}>{isSubscribed ? 'reads it' : 'has read it'}</Badge> {state}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}

function Counts({ plan: { partitions } }: { readonly plan: ReplayPlanReport }): ReactElement {
  return (
    <Panel title="By partition" flush>
      {partitions.length === 0 ? (
        <Empty title="Nothing lies in this range." />
      ) : (
        <FigureTable
          label="By partition"
          heads={['Partition', 'From', 'Until', 'Messages', 'Selected', 'Unreadable']}
          rows={partitions.map((part) => [
            ...[part.partition, part.from, part.until],
            ...[part.messages, part.selected, part.unreadable],
          ])}
        />
      )}
    </Panel>
  );
}

function Samples({ plan: { samples } }: { readonly plan: ReplayPlanReport }): ReactElement {
  return (
    <Panel title="The first of them" flush>
      {samples.length === 0 ? (
        <Empty title="Nothing is selected." />
      ) : (
        <Table label="The first of them" heads={['Place', 'Key', 'Written', ...figures('Bytes')]}>
          {samples.map(({ partition, offset, key, at, bytes }) => (
            <tr key={`${partition} ${offset}`}>
              <td className="mono">
                {partition}/{offset}
              </td>
              <td className="key mono">{key}</td>
              <td>{utc(at)}</td>
              <td className="number">{grouped(bytes)}</td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}
