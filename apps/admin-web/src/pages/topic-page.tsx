import { useState, type FormEvent, type ReactElement } from 'react';
import { useParams, useSearchParams } from 'react-router';
import type { TopicMessages } from '#contracts';
import { apiPath } from '../api/client.js';
import { Empty, PageHead, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { counted, grouped } from '../ui/text.js';
import { Message } from './topic-message.js';

const KINDS = { all: 'all messages', values: 'with a value', tombstones: 'only tombstones' } as const;

/** Messages of a topic, the newest first. The filter is in the address. */
export function TopicPage(): ReactElement {
  const { topic = '' } = useParams();
  const [params] = useSearchParams();
  const query = new URLSearchParams([...params].filter(([, value]) => value !== ''));
  return (
    <>
      <PageHead
        title={topic}
        lead="Values are decoded by the schema that wrote them. Reading here moves no consumer."
      />
      <div className="stack">
        <Filter key={topic} />
        <QueryView<TopicMessages> path={`${apiPath('topics', topic, 'messages')}?${query.toString()}`} what="messages">
          {(page) => <Messages page={page} />}
        </QueryView>
      </div>
    </>
  );
}

function Filter(): ReactElement {
  const [params, setParams] = useSearchParams();
  const [key, setKey] = useState(params.get('key') ?? '');
  const [kind, setKind] = useState(params.get('kind') ?? 'all');
  const [partition, setPartition] = useState(params.get('partition') ?? '');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setParams({ key, kind, partition });
  };
  return (
    <form className="form" onSubmit={submit}>
      <div className="field">
        <label htmlFor="filter-key">Key contains</label>
        <input id="filter-key" value={key} onChange={({ target }) => setKey(target.value)} />
      </div>
      <div className="field">
        <label htmlFor="filter-kind">Show</label>
        <select id="filter-kind" value={kind} onChange={({ target }) => setKind(target.value)}>
          {Object.entries(KINDS).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor="filter-partition">Partition</label>
        <input
          id="filter-partition"
          type="number"
          min={0}
          placeholder="all"
          value={partition}
          onChange={({ target }) => setPartition(target.value)}
        />
      </div>
      <button className="button" data-kind="primary" type="submit">
        Read
      </button>
    </form>
  );
}

function Messages({ page }: { readonly page: TopicMessages }): ReactElement {
  const [params, setParams] = useSearchParams();
  const before = Object.entries(page.before).map(([partition, offset]) => `${partition}:${offset}`);
  const older = (): void => setParams({ ...Object.fromEntries(params), before: before.join(',') });
  return (
    <Panel
      title={counted(page.messages.length, 'message')}
      flush
      end={<span className="muted">{grouped(page.scanned)} looked at</span>}
    >
      {page.messages.length === 0 ? (
        <Empty title="No such message here.">
          {before.length > 0
            ? 'There are older messages: go on below.'
            : 'Nothing of this kind is in reach in this topic.'}
        </Empty>
      ) : (
        page.messages.map((message) => <Message key={`${message.partition} ${message.offset}`} message={message} />)
      )}
      {before.length > 0 && (
        <div className="panel-body">
          <button className="button" onClick={older}>
            Older messages
          </button>
        </div>
      )}
    </Panel>
  );
}
