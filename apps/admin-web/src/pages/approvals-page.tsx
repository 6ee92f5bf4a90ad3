import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { WaitingApproval, WaitingReport } from '#contracts';
import { Ago, Empty, Notice, PageHead, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { Table } from '../ui/table.js';

const EVERY_MS = 10_000;

/** Approvals that are too large for one person, until a second one does the same. */
export function ApprovalsPage(): ReactElement {
  return (
    <>
      <PageHead
        title="Second person"
        lead="Approvals of many records need two people within 24 hours. Whoever opens one here and approves it is the second."
      />
      <QueryView<WaitingReport> path="/api/approvals" what="what waits" everyMs={() => EVERY_MS}>
        {({ waiting, unreachable }) => (
          <div className="stack">
            {unreachable.length > 0 && (
              <Notice tone="warn">{unreachable.join(', ')}: no answer. More may wait there.</Notice>
            )}
            <Panel title="Waiting for a second person" flush>
              <Waiting waiting={waiting} />
            </Panel>
          </div>
        )}
      </QueryView>
    </>
  );
}

function Waiting({ waiting }: { readonly waiting: readonly WaitingApproval[] }): ReactElement {
  if (waiting.length === 0)
    return <Empty title="Nothing waits.">From how many records on is set by “access.fourEyesAbove”.</Empty>;
  return (
    <Table label="Waiting for a second person" heads={['Since', 'Asked by', 'What', 'Of']}>
      {waiting.map((one) => (
        <tr key={`${one.service} ${one.act} ${one.subject} ${one.digest}`}>
          <td>
            <Ago at={one.askedAt} />
          </td>
          <td className="key">{one.askedBy}</td>
          <td>{one.act}</td>
          <td className="key">
            <Subject of={one} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Subject({ of }: { readonly of: WaitingApproval }): ReactElement {
  const path = pathOf(of);
  return path === null ? <>{of.subject}</> : <Link to={path}>{of.subject}</Link>;
}

function pathOf({ act, service, subject }: WaitingApproval): string | null {
  const id = encodeURIComponent(subject);
  if (act === 'hold:approve') return `/holds/${service === 'golden' ? 'live' : 'round'}/${id}`;
  if (act === 'access:change') return '/settings/keys';
  return act === 'revert:approve' ? `/reverts/${id}` : null;
}
