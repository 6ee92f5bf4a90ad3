import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { TopicMessage } from '#contracts';
import { Ago, Badge, Notice, recordPath } from '../ui/parts.js';
import { grouped } from '../ui/text.js';

interface MessageProps {
  readonly message: TopicMessage;
  /** Of the record that it is about; null where it is about none. */
  readonly entity: string | null;
}

/** One message; opened, its value and headers. */
export function Message({ message, entity }: MessageProps): ReactElement {
  const { partition, offset, key, at, bytes, type, problem } = message;
  const isTombstone = bytes === 0 && problem === null && type === null;
  return (
    <details className="message">
      <summary>
        <span className="mono muted">
          {partition}/{offset}
        </span>
        <span className="key mono">{key === '' ? '(no key)' : key}</span>
        <span className="row">
          {isTombstone && <Badge tone="warn">tombstone</Badge>}
          {problem !== null && <Badge tone="danger">unreadable</Badge>}
          <span className="muted">
            <Ago at={at} />
          </span>
        </span>
      </summary>
      <div className="open">
        {problem !== null && <Notice tone="danger">{problem}</Notice>}
        {type !== null && (
          <p className="muted">
            <span className="mono">{type}</span>, {grouped(bytes)} bytes
          </p>
        )}
        {entity !== null && <RecordOf entity={entity} message={message} />}
        {message.value !== null && <Json label={`Value of message ${offset}`} value={message.value} />}
        <Headers headers={message.headers} />
      </div>
    </details>
  );
}

/** Its record, where the value says which; of a tombstone of a golden topic the key does. */
function RecordOf({ entity, message: { value, key, type } }: MessageProps & { readonly entity: string }): ReactElement {
  const said = (value as { readonly key?: unknown } | null)?.key;
  const recordKey = typeof said === 'string' ? said : type === null ? key : '';
  if (recordKey === '') return <p className="muted">It does not say which record it is about.</p>;
  return (
    <p>
      Record <Link to={`${recordPath(entity, recordKey)}?tab=timeline`}>{recordKey}</Link>
    </p>
  );
}

/** Headers of a message. */
export function Headers({ headers }: { readonly headers: TopicMessage['headers'] }): ReactElement {
  return (
    <dl className="facts-list">
      {Object.entries(headers).map(([name, value]) => (
        <div className="contents" key={name}>
          <dt className="mono">{name}</dt>
          <dd className="mono">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Data as text. */
export function Json({ label, value }: { readonly label: string; readonly value: unknown }): ReactElement {
  return (
    <pre className="code-box" role="region" aria-label={label} tabIndex={0}>
      {JSON.stringify(value, null, 2)}
    </pre>
  );
}
