import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { TopicCatalogue, TopicReaderReport } from '#contracts';
import { apiPath } from '../api/client.js';
import { Ago, Badge, Empty, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { counted, grouped, took } from '../ui/text.js';
import { figures, Table } from '../ui/table.js';

/** What is in a topic, who writes and reads it, how fresh it is. */
export function TopicAbout({ topic }: { readonly topic: string }): ReactElement {
  return (
    <QueryView<TopicCatalogue> path={apiPath('topics', topic)} what="the topic">
      {(catalogue) => (
        <div className="stack">
          <Facts catalogue={catalogue} />
          <Readers readers={catalogue.readers} />
        </div>
      )}
    </QueryView>
  );
}

function Facts({ catalogue }: { readonly catalogue: TopicCatalogue }): ReactElement {
  const { type, key, writers, partitions, reach, freshness } = catalogue;
  return (
    <Panel title="What it is">
      <dl className="facts-list">
        <dt>schema</dt>
        <dd className="key">
          {type === null ? 'as in the origin' : <Link to={`/schemas/${encodeURIComponent(type)}`}>{type}</Link>}
        </dd>
        <dt>key</dt>
        <dd>{key}</dd>
        <dt>written by</dt>
        <dd>{writers.join(', ')}</dd>
        <dt>size</dt>
        <dd>
          {counted(partitions, 'partition')}, {grouped(reach)} offsets in reach
        </dd>
        <dt>newest message</dt>
        <dd>{freshness === null ? 'none yet' : <Ago at={freshness.newestAt} />}</dd>
        <dt>from event to topic</dt>
        <dd>{delayText(freshness)}</dd>
      </dl>
    </Panel>
  );
}

function delayText(freshness: TopicCatalogue['freshness']): string {
  if (freshness === null) return 'not known: the topic is empty';
  const { sample, p50Ms, p95Ms } = freshness;
  if (p50Ms === null || p95Ms === null) return 'not known: its messages do not say when they happened';
  return `half within ${took(p50Ms)}, 95 % within ${took(p95Ms)}, over the newest ${counted(sample, 'message')}`;
}

function Readers({ readers }: { readonly readers: readonly TopicReaderReport[] }): ReactElement {
  return (
    <Panel title={`Read by ${counted(readers.length, 'group')}`} flush>
      {readers.length === 0 ? (
        <Empty title="No group reads it.">A group shows here when it is subscribed or has committed an offset.</Empty>
      ) : (
        <Table label="Groups" heads={['Group', 'State', ...figures('Messages behind')]}>
          {readers.map(({ groupId, state, isSubscribed, isHub, lag }) => (
            <tr key={groupId}>
              <th scope="row" className="key">
                {groupId} {isHub && <Badge tone="plain">the hub’s own</Badge>}
              </th>
              <td>{isSubscribed ? state : `${state}, has read it before`}</td>
              <td className="number">{lag === null ? 'in its database' : grouped(lag)}</td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}
