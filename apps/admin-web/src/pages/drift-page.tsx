import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { Hold, HubOverview } from '#contracts';
import { useOverview } from '../api/live.js';
import { Ago, Empty, PageHead, Panel } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';
import { grouped } from '../ui/text.js';
import { buttons, figures, Table } from '../ui/table.js';
import { RoundsTable } from './rounds-table.js';
import { StartRound } from './start-round.js';
import { DriftTrend } from './trend-panels.js';

/** What is held until somebody decides, and the latest rounds. */
export function DriftPage(): ReactElement {
  const { overview, error } = useOverview();
  if (error) return <ErrorNotice error={error} />;
  if (!overview) return <p role="status">Asking every system …</p>;
  return <DriftView overview={overview} />;
}

function DriftView({ overview }: { readonly overview: HubOverview }): ReactElement {
  const lead = 'Rounds compare every system with the hub, find what drifted, repair it and read it again.';
  return (
    <>
      <PageHead title="Drift" lead={lead}>
        <StartRound systems={overview.systems} />
      </PageHead>
      <div className="stack">
        <Panel title={`Held: ${overview.holds.length}`} flush>
          <HoldsTable holds={overview.holds} />
        </Panel>
        <DriftTrend />
        <Panel title="Latest rounds" flush>
          <RoundsTable rounds={overview.rounds} />
        </Panel>
      </div>
    </>
  );
}

function HoldsTable({ holds }: { readonly holds: readonly Hold[] }): ReactElement {
  if (holds.length === 0)
    return <Empty title="Nothing is held.">What goes over a limit of the hub file waits here for a decision.</Empty>;
  return (
    <Table label="Held" heads={['What', 'Rule', ...figures('Records', 'Limit'), 'Since', buttons('Decide')]}>
      {holds.map((hold) => (
        <tr key={`${hold.kind} ${hold.id}`}>
          <th scope="row">
            <Link to={`/holds/${hold.kind}/${encodeURIComponent(hold.id)}`}>
              {hold.system} {hold.entity}
            </Link>
            <div className="muted">{hold.kind === 'live' ? 'a batch of changes' : 'repairs of a round'}</div>
          </th>
          <td>{hold.rule}</td>
          <td className="number">{grouped(hold.count)}</td>
          <td className="number">{grouped(hold.limit)}</td>
          <td>
            <Ago at={hold.openedAt} />
          </td>
          <td>
            <Link className="button" data-kind="primary" to={`/holds/${hold.kind}/${encodeURIComponent(hold.id)}`}>
              Review
            </Link>
          </td>
        </tr>
      ))}
    </Table>
  );
}
