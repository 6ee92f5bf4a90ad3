import type { ReactElement } from 'react';
import type { TopicMessage } from '#contracts';
import { Ago, Badge, Notice } from '../ui/parts.js';
import { grouped } from '../ui/text.js';

/** One message; opened, its value and headers. */
export function Message({ message }: { readonly message: TopicMessage }): ReactElement {
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
        {message.value !== null && <Json label={`Value of message ${offset}`} value={message.value} />}
        <Headers headers={message.headers} />
      </div>
    </details>
  );
}

function Headers({ headers }: { readonly headers: TopicMessage['headers'] }): ReactElement {
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
