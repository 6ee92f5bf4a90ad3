import { useState, type FormEvent, type ReactElement } from 'react';
import { useSearchParams } from 'react-router';
import type { AsOfReport } from '#contracts';
import { apiPath } from '../api/client.js';
import { Badge, Empty, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { shownField, utc } from '../ui/text.js';

interface RecordAsOfProps {
  readonly entity: string;
  readonly recordKey: string;
}

/** What the record was at an instant, which is in the address, so that it can be linked to. */
export function RecordAsOf({ entity, recordKey }: RecordAsOfProps): ReactElement {
  const [params, setParams] = useSearchParams();
  const asked = new Date(params.get('at') ?? Number.NaN);
  const at = Number.isNaN(asked.getTime()) ? null : asked.toISOString();
  const [text, setText] = useState(() => (at ?? new Date().toISOString()).slice(0, at ? 19 : 16));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setParams({ tab: 'as-of', at: `${text}${text.length === 16 ? ':00' : ''}Z` });
  };
  return (
    <div className="stack">
      <form className="form" onSubmit={submit}>
        <div className="field">
          <label htmlFor="at">Date and time, UTC</label>
          <input
            id="at"
            type="datetime-local"
            step="1"
            required
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        </div>
        <button className="button" data-kind="primary" type="submit">
          Show
        </button>
      </form>
      {at === null ? (
        <Empty title="Choose an instant.">History is kept: a record can be read as it was at any time.</Empty>
      ) : (
        <QueryView<AsOfReport> path={`${apiPath('records', entity, recordKey, 'as-of')}?at=${at}`} what="the past">
          {(report) => <PastRecord report={report} at={at} />}
        </QueryView>
      )}
    </div>
  );
}

function PastRecord({ report, at }: { readonly report: AsOfReport; readonly at: string }): ReactElement {
  return (
    <Panel
      title={`At ${utc(at)}`}
      end={<Badge tone={report.status === 'live' ? 'ok' : 'plain'}>{report.status}</Badge>}
    >
      <dl className="facts-list">
        <dt>version</dt>
        <dd>
          {report.version}, in force since {utc(report.changedAt)}
        </dd>
        {Object.entries(report.fields).map(([name, value]) => (
          <div key={name} className="contents">
            <dt>{name}</dt>
            <dd>{shownField(report.entity, name, value)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
