import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import type { PlanEntity, PlanReport } from '#contracts';
import { apiPath, get } from '../api/client.js';
import { Empty, Notice, Panel } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';
import { grouped } from '../ui/text.js';
import { figures, Table } from '../ui/table.js';

/** How a system differs from what the hub would make of it; asked only when somebody wants it, since it compares every row. */
export function SystemPlan({ system }: { readonly system: string }): ReactElement {
  const [isAsked, setAsked] = useState(false);
  return (
    <Panel
      title="What differs from the hub"
      flush={isAsked}
      end={
        !isAsked && (
          <button className="button" onClick={() => setAsked(true)}>
            Compare now
          </button>
        )
      }
    >
      {isAsked ? (
        <PlanView system={system} />
      ) : (
        <p className="muted">
          Compares every record that the hub knows of this system with what it should hold. It changes nothing.
        </p>
      )}
    </Panel>
  );
}

/** The comparison, read anew. */
export function PlanView({ system }: { readonly system: string }): ReactElement {
  const { data, error } = useQuery({
    queryKey: ['plan', system],
    queryFn: () => get<PlanReport>(apiPath('systems', system, 'plan')),
    staleTime: 0,
  });
  if (error) return <ErrorNotice error={error} />;
  if (!data) return <Empty title="Comparing …" />;
  return <PlanTables report={data} />;
}

function PlanTables({ report }: { readonly report: PlanReport }): ReactElement {
  const isLate = report.entities.some(({ lag }) => lag > 0);
  const fields = report.entities.flatMap(({ entity, fields: differing }) =>
    differing.map((field) => ({ entity, ...field })),
  );
  return (
    <>
      {(!report.scanned || isLate) && (
        <Notice tone="warn">
          The counts are not final:{' '}
          {report.scanned ? 'golden events are still on their way' : 'the first complete scan is not done'}.
        </Notice>
      )}
      <Counts entities={report.entities} />
      {fields.length > 0 && (
        <Table label="Fields that differ" heads={['Differs in', ...figures('Records'), 'For example']}>
          {fields.map(({ entity, field, count, samples }) => (
            <tr key={`${entity} ${field}`}>
              <th scope="row">
                {entity}.{field}
              </th>
              <td className="number">{grouped(count)}</td>
              <td className="key">{samples.join(', ')}</td>
            </tr>
          ))}
        </Table>
      )}
      {report.why && <div className="panel-body muted">{report.why}</div>}
    </>
  );
}

function Counts({ entities }: { readonly entities: readonly PlanEntity[] }): ReactElement {
  return (
    <Table
      label="What differs, by entity"
      heads={['Entity', ...figures('Equal', 'Different', 'Only in the system', 'Only in the hub', 'Still on the way')]}
    >
      {entities.map(({ entity, equal, different, onlyHere, onlyThere, lag }) => (
        <tr key={entity}>
          <th scope="row">{entity}</th>
          {[equal, different, onlyHere, onlyThere, lag].map((count, index) => (
            <td className="number" key={index}>
              {grouped(count)}
            </td>
          ))}
        </tr>
      ))}
    </Table>
  );
}
