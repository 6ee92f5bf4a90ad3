import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { TopicSummary } from '#contracts';
import { Badge, PageHead, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { grouped } from '../ui/text.js';
import { figures, Table } from '../ui/table.js';

const KINDS: Readonly<Record<TopicSummary['kind'], string>> = {
  golden: 'Golden records: the state',
  history: 'Golden records: every version',
  change: 'Changes of the systems',
  hub: 'The hub’s own',
  'dead-letter': 'Dead letters',
  lane: 'Lanes: replayed for one group',
};

/** Every topic of the hub. */
export function TopicsPage(): ReactElement {
  return (
    <>
      <PageHead
        title="Topics"
        lead="What data teams consume, and what the hub runs on. Open one to read its messages, and to see who reads it."
      >
        <a className="button" href="/api/asyncapi.yaml" download>
          AsyncAPI
        </a>
      </PageHead>
      <QueryView<readonly TopicSummary[]> path="/api/topics" what="topics">
        {(topics) => (
          <div className="stack">
            {Object.entries(KINDS).map(([kind, title]) => (
              <TopicsPanel key={kind} title={title} topics={topics.filter((topic) => topic.kind === kind)} />
            ))}
          </div>
        )}
      </QueryView>
    </>
  );
}

function TopicsPanel({
  title,
  topics,
}: {
  readonly title: string;
  readonly topics: readonly TopicSummary[];
}): ReactElement {
  return (
    <Panel title={title} flush>
      <Table label={title} heads={['Topic', ...figures('Partitions', 'Offsets in reach')]}>
        {topics.map((topic) => (
          <TopicRow key={topic.name} topic={topic} />
        ))}
      </Table>
    </Panel>
  );
}

function TopicRow({ topic: { name, partitions, problem } }: { readonly topic: TopicSummary }): ReactElement {
  const reach = partitions.reduce((sum, { low, high }) => sum + (BigInt(high) - BigInt(low)), 0n);
  return (
    <tr>
      <th scope="row" className="key">
        <Link to={`/topics/${encodeURIComponent(name)}`}>{name}</Link>
      </th>
      {problem === null ? (
        <>
          <td className="number">{partitions.length}</td>
          <td className="number">{grouped(String(reach))}</td>
        </>
      ) : (
        <td colSpan={2}>
          <Badge tone="danger">{problem}</Badge>
        </td>
      )}
    </tr>
  );
}
