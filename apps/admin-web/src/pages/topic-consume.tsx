import type { ReactElement } from 'react';
import type { SampleConsumer } from '#contracts';
import { apiPath } from '../api/client.js';
import { Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';

/** Clients that read the topic as they stand: the current state first, then live. */
export function TopicConsume({ topic }: { readonly topic: string }): ReactElement {
  return (
    <QueryView<readonly SampleConsumer[]> path={apiPath('topics', topic, 'consumers')} what="the samples">
      {(samples) => (
        <div className="stack">
          <p className="muted">
            They read KAFKA_BROKERS and REGISTRY_URL from the environment. A field that is not listed in{' '}
            <code>present</code> is absent; one that is listed and null is empty.
          </p>
          {samples.map(({ language, file, install, code }) => (
            <Panel key={language} title={`${language}: ${file}`}>
              <p className="muted">{install}</p>
              <pre className="code-box" role="region" aria-label={`Consumer in ${language}`} tabIndex={0}>
                {code}
              </pre>
            </Panel>
          ))}
        </div>
      )}
    </QueryView>
  );
}
