import type { ReactElement } from 'react';
import { Link, useParams } from 'react-router';
import type { AuditDetail, AuditLine } from '#contracts';
import { apiPath } from '../api/client.js';
import { Ago, Badge, Empty, PageHead, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { utcMs } from '../ui/text.js';
import { Table } from '../ui/table.js';
import { toneOf } from './audit-page.js';

const SHOWN = ['actor', 'kind', 'verb', 'resource', 'target', 'outcome', 'requestId', 'keyId', 'prev', 'hash'] as const;

/** One entry of the audit, and what else its request left. */
export function AuditEntryPage(): ReactElement {
  const { service = '', seq = '' } = useParams();
  return (
    <QueryView<AuditDetail> path={apiPath('audit', service, seq)} what="the entry">
      {(detail) => <EntryView detail={detail} />}
    </QueryView>
  );
}

function EntryView({ detail: { entry, sameRequest } }: { readonly detail: AuditDetail }): ReactElement {
  const { service, seq, at, phase } = entry;
  return (
    <>
      <PageHead
        title={`Entry ${seq} of ${service}`}
        lead={
          <>
            {utcMs(at)}, <Ago at={at} />
          </>
        }
      >
        <Badge tone={toneOf(entry)}>{phase}</Badge>
      </PageHead>
      <div className="stack">
        <Panel title="What was kept">
          <dl className="facts-list">
            {SHOWN.map((name) => (
              <div className="contents" key={name}>
                <dt>{name}</dt>
                <dd className="key">{entry[name]}</dd>
              </div>
            ))}
          </dl>
        </Panel>
        <Panel title="Of the same request" flush>
          {sameRequest.length === 0 ? <Empty title="Nothing else." /> : <SameRequest entries={sameRequest} />}
        </Panel>
      </div>
    </>
  );
}

function SameRequest({ entries }: { readonly entries: readonly AuditLine[] }): ReactElement {
  return (
    <Table label="Of the same request" heads={['Entry', 'When', 'Phase', 'Outcome']}>
      {entries.map((entry) => (
        <tr key={entry.seq}>
          <th scope="row">
            <Link to={`/audit/${encodeURIComponent(entry.service)}/${entry.seq}`}>
              {entry.service} {entry.seq}
            </Link>
          </th>
          <td>{utcMs(entry.at)}</td>
          <td>{entry.phase}</td>
          <td>
            <Badge tone={toneOf(entry)}>{entry.outcome}</Badge>
          </td>
        </tr>
      ))}
    </Table>
  );
}
