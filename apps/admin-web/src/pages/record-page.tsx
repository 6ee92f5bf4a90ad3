import type { ReactElement } from 'react';
import { Link, useParams } from 'react-router';
import type { RecordReport } from '#contracts';
import { apiPath } from '../api/client.js';
import { Ago, Badge, Notice, PageHead } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { Tabs } from '../ui/tabs.js';
import { RecordAsOf } from './record-as-of.js';
import { RecordHistory } from './record-history.js';
import { RecordRelated } from './record-related.js';
import { RecordSystems } from './record-systems.js';
import { RecordTimeline } from './record-timeline.js';
import { RecordWhy } from './record-why.js';

const EVERY_MS = 5_000;

/** One record: what it holds and why, how each system holds it, how it came to be. */
export function RecordPage(): ReactElement {
  const { entity = '', key = '' } = useParams();
  return (
    <QueryView<RecordReport> path={apiPath('records', entity, key)} what="the record" everyMs={() => EVERY_MS}>
      {(report) => <RecordView report={report} />}
    </QueryView>
  );
}

function RecordView({ report }: { readonly report: RecordReport }): ReactElement {
  const { explain, unreachable } = report;
  const { entity, key, version, status, policyVersion, changedAt, foreign, holds } = explain;
  const lead = (
    <>
      {entity}, version {version} since <Ago at={changedAt} />, under policy {policyVersion}
    </>
  );
  return (
    <>
      <PageHead title={key} lead={lead}>
        <Badge tone={status === 'live' ? 'ok' : 'plain'}>{status}</Badge>
        {foreign && <Badge tone="warn">foreign</Badge>}
      </PageHead>
      <div className="stack">
        {foreign && <Notice tone="warn">No system that may create it has it, so it is carried nowhere.</Notice>}
        {holds.map((id) => (
          <Notice tone="warn" key={id}>
            A change of it is held. <Link to={`/holds/live/${encodeURIComponent(id)}`}>Review and decide</Link>
          </Notice>
        ))}
        {unreachable.length > 0 && <Notice tone="danger">No answer from {unreachable.join(', ')}.</Notice>}
        <Tabs
          label="About the record"
          tabs={[
            { id: 'why', label: 'Values and why', content: <RecordWhy explain={explain} /> },
            { id: 'systems', label: 'In each system', content: <RecordSystems report={report} /> },
            { id: 'history', label: 'History', content: <RecordHistory versions={report.versions} /> },
            { id: 'timeline', label: 'Timeline', content: <RecordTimeline entity={entity} recordKey={key} /> },
            { id: 'as-of', label: 'As of', content: <RecordAsOf entity={entity} recordKey={key} /> },
          ]}
        />
        <RecordRelated entity={entity} recordKey={key} />
      </div>
    </>
  );
}
