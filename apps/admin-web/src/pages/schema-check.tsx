import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactElement } from 'react';
import type { SchemaCheck as Check } from '#contracts';
import { apiPath, post } from '../api/client.js';
import { Notice, Panel } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';
import { SchemaChangesList } from './schema-changes.js';

/** Whether a schema could follow those that are registered. Nothing is registered by it. */
export function SchemaCheck({ type, current }: { readonly type: string; readonly current: string }): ReactElement {
  const [schema, setSchema] = useState(current);
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: (text: string) => post<Check>(apiPath('schemas', type, 'check'), { schema: text }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutate(schema);
  };
  return (
    <div className="stack">
      <form className="stack" onSubmit={submit}>
        <div className="field">
          <label htmlFor="schema-text">Schema, as JSON; the newest version stands here to be edited</label>
          <textarea
            id="schema-text"
            className="schema-text"
            rows={16}
            spellCheck={false}
            required
            maxLength={90_000}
            value={schema}
            onChange={({ target }) => setSchema(target.value)}
          />
        </div>
        <div className="form">
          <button className="button" data-kind="primary" type="submit" disabled={isPending}>
            {isPending ? 'Checking …' : 'Check'}
          </button>
          <span className="muted">A dry run: nothing is registered.</span>
        </div>
      </form>
      {error && <ErrorNotice error={error} />}
      {data && <Verdict check={data} />}
    </div>
  );
}

function Verdict({ check }: { readonly check: Check }): ReactElement {
  const { mistake, versions } = check;
  return (
    <>
      {mistake === null ? <Answer check={check} /> : <Notice tone="danger">It can’t be read: {mistake}</Notice>}
      {versions.map(({ version, changes, isCompatible }) => (
        <Panel key={version} title={`Against version ${version}: ${isCompatible ? 'compatible' : 'incompatible'}`}>
          <SchemaChangesList changes={changes} nothing="It says the same." />
        </Panel>
      ))}
    </>
  );
}

function Answer({ check: { isCompatible, sameAs, registryTakes } }: { readonly check: Check }): ReactElement {
  const registry =
    registryTakes === null
      ? 'The registry does not know the type yet.'
      : `The registry would ${registryTakes ? 'take' : 'refuse'} it.`;
  if (sameAs !== null)
    return (
      <Notice tone="ok">
        It is version {sameAs} already. {registry}
      </Notice>
    );
  return (
    <Notice tone={isCompatible && registryTakes !== false ? 'ok' : 'danger'}>
      {isCompatible ? 'Every version can live with it.' : 'It breaks readers, as said below.'} {registry}
    </Notice>
  );
}
