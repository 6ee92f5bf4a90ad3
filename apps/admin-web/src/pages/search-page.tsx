import { useState, type FormEvent, type ReactElement } from 'react';
import { useSearchParams } from 'react-router';
import type { FindAnswer } from '#contracts';
import { apiPath } from '../api/client.js';
import { Empty, Notice, PageHead, Panel, RecordLink } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { counted, utc } from '../ui/text.js';
import { FoundGroupPanel } from './found-group.js';

/** Everything that a text names: records by their key, and records of every topic by key, event, type, trace or time. */
export function SearchPage(): ReactElement {
  const [params] = useSearchParams();
  const query = new URLSearchParams([...params].filter(([, value]) => value !== ''));
  const asked = params.get('q') ?? '';
  return (
    <>
      <PageHead title="Search" lead={asked === '' ? 'In every topic of the hub.' : <>For “{asked}”.</>} />
      <div className="stack">
        <Filter key={query.toString()} />
        {query.size === 0 ? (
          <Empty title="Say what to find.">
            A business key or its beginning, a system’s own id, an event id, a type such as golden.price.v1, a trace id,
            or a time such as 2026-11-23 04:05 (UTC).
          </Empty>
        ) : (
          <QueryView<FindAnswer> path={`${apiPath('find')}?${query.toString()}`} what="what was found">
            {(answer) => <Found answer={answer} />}
          </QueryView>
        )}
      </div>
    </>
  );
}

function Filter(): ReactElement {
  const [params, setParams] = useSearchParams();
  const [fields, setFields] = useState({
    ...{ q: params.get('q') ?? '', type: params.get('type') ?? '' },
    ...{ from: toLocal(params.get('from')), until: toLocal(params.get('until')) },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const { from, until, ...rest } = fields;
    const asked = { ...rest, from: toInstant(from), until: toInstant(until) };
    setParams(Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== '')));
  };
  const field = (name: keyof typeof fields, label: string, type = 'text'): ReactElement => (
    <div className="field">
      <label htmlFor={`find-${name}`}>{label}</label>
      <input
        id={`find-${name}`}
        type={type}
        step={type === 'text' ? undefined : '1'}
        value={fields[name]}
        onChange={({ target }) => setFields({ ...fields, [name]: target.value })}
      />
    </div>
  );
  return (
    <form className="form" onSubmit={submit} aria-label="What to find">
      {field('q', 'Text')}
      {field('type', 'Only of this type')}
      {field('from', 'From (UTC)', 'datetime-local')}
      {field('until', 'Until (UTC)', 'datetime-local')}
      <button className="button" data-kind="primary" type="submit">
        Find
      </button>
    </form>
  );
}

/** For a field of date and time; empty for none. */
function toLocal(instant: string | null): string {
  return instant === null ? '' : instant.slice(0, 19);
}

function toInstant(local: string): string {
  return local === '' ? '' : `${local}${local.length === 16 ? ':00' : ''}Z`;
}

function Found({ answer }: { readonly answer: FindAnswer }): ReactElement {
  const { keys, groups, lag, endsAt, problems } = answer;
  const isNothing = keys.length === 0 && groups.length === 0;
  return (
    <div className="stack">
      {problems.map((problem) => (
        <Notice tone="warn" key={problem}>
          {problem}
        </Notice>
      ))}
      {lag > 0 && (
        <Notice tone="accent">
          {counted(lag, 'record')} of the topics not indexed yet: what is newest may be missing.
        </Notice>
      )}
      {keys.length > 0 && <Keys keys={keys} />}
      {groups.map((group) => (
        <FoundGroupPanel key={group.by} group={group} />
      ))}
      {isNothing && problems.length === 0 && (
        <Empty title="Nothing is called that.">
          Upper and lower case count. A price’s key is article|list|currency|group|from.
        </Empty>
      )}
      {lag === 0 && endsAt !== null && <p className="muted">Complete for all that the topics had at {utc(endsAt)}.</p>}
    </div>
  );
}

function Keys({ keys }: { readonly keys: FindAnswer['keys'] }): ReactElement {
  return (
    <Panel title={`${counted(keys.length, 'record')} whose key begins so`} flush>
      <table>
        <thead>
          <tr>
            <th scope="col">Entity</th>
            <th scope="col">Key</th>
          </tr>
        </thead>
        <tbody>
          {keys.map(({ entity, key }) => (
            <tr key={`${entity} ${key}`}>
              <td>{entity}</td>
              <td>
                <RecordLink entity={entity} recordKey={key} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
