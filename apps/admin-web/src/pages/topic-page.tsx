import type { ReactElement } from 'react';
import { useParams, useSearchParams } from 'react-router';
import type { TopicMessages } from '#contracts';
import { apiPath } from '../api/client.js';
import { Empty, PageHead, Panel } from '../ui/parts.js';
import { entityOfTopic } from '../ui/paths.js';
import { QueryView } from '../ui/query-view.js';
import { Tabs } from '../ui/tabs.js';
import { counted, grouped } from '../ui/text.js';
import { TopicAbout } from './topic-about.js';
import { TopicConsume } from './topic-consume.js';
import { MessageFilter as Filter } from './message-filter.js';
import { Message } from './topic-message.js';

/** A topic: its messages, what it is and who reads it, how to consume it. */
export function TopicPage(): ReactElement {
  const { topic = '' } = useParams();
  return (
    <>
      <PageHead
        title={topic}
        lead="Values are decoded by the schema that wrote them. Reading here moves no consumer."
      />
      <Tabs
        label="About the topic"
        tabs={[
          { id: 'messages', label: 'Messages', content: <MessagesTab topic={topic} /> },
          { id: 'about', label: 'Who writes and reads', content: <TopicAbout topic={topic} /> },
          { id: 'consume', label: 'Consume it', content: <TopicConsume topic={topic} /> },
        ]}
      />
    </>
  );
}

/** Messages of a topic, the newest first. The filter is in the address. */
function MessagesTab({ topic }: { readonly topic: string }): ReactElement {
  const [params] = useSearchParams();
  const query = new URLSearchParams([...params].filter(([, value]) => value !== ''));
  return (
    <div className="stack">
      <Filter key={query.toString()} />
      <QueryView<TopicMessages> path={`${apiPath('topics', topic, 'messages')}?${query.toString()}`} what="messages">
        {(page) => <Messages page={page} entity={entityOfTopic(topic)} />}
      </QueryView>
    </div>
  );
}

interface MessagesProps {
  readonly page: TopicMessages;
  /** Of the topic's records; null where it holds none. */
  readonly entity: string | null;
}

function Messages({ page, entity }: MessagesProps): ReactElement {
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
        page.messages.map((message) => (
          <Message key={`${message.partition} ${message.offset}`} message={message} entity={entity} />
        ))
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
