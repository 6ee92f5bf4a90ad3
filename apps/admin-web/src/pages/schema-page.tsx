import { useState, type ReactElement } from 'react';
import { useParams } from 'react-router';
import type { SchemaVersion } from '#contracts';
import { apiPath } from '../api/client.js';
import { Empty, PageHead, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { diffLines } from './diff-lines.js';
import { Choice } from './start-round.js';

/** A schema with its versions, each beside the one before. */
export function SchemaPage(): ReactElement {
  const { type = '' } = useParams();
  return (
    <>
      <PageHead title={type.split('.').at(-1)} lead={<span className="mono key">{type}</span>} />
      <QueryView<readonly SchemaVersion[]> path={apiPath('schemas', type)} what="versions">
        {(versions) =>
          versions.length === 0 ? (
            <Empty title="The registry does not have it yet.">It is registered when the first service starts.</Empty>
          ) : (
            <Versions versions={versions} />
          )
        }
      </QueryView>
    </>
  );
}

function Versions({ versions }: { readonly versions: readonly SchemaVersion[] }): ReactElement {
  const names = versions.map(({ version }) => String(version));
  const [shown, setShown] = useState(names.at(-1) ?? '');
  const [beside, setBeside] = useState(names.at(-2) ?? '');
  const textOf = (name: string): string => {
    const found = versions.find(({ version }) => String(version) === name);
    return found ? JSON.stringify(JSON.parse(found.schema), null, 2) : '';
  };
  const id = versions.find(({ version }) => String(version) === shown)?.id ?? 0;
  const lines = diffLines(beside === '' ? textOf(shown) : textOf(beside), textOf(shown));
  return (
    <div className="stack">
      <div className="form">
        <Choice label="Version" value={shown} options={names} onChange={setShown} />
        {names.length > 1 && (
          <Choice
            label="Compared with"
            value={beside}
            options={names.filter((name) => name !== shown)}
            onChange={setBeside}
          />
        )}
      </div>
      <Panel title={`Version ${shown} of ${versions.length}, id ${id} in the registry`}>
        <pre className="code-box" role="region" aria-label="Schema" tabIndex={0}>
          {lines.map(({ kind, text }, index) => (
            <span className="diff" data-kind={kind} key={index}>
              {kind === 'added' ? '+ ' : kind === 'removed' ? '- ' : '  '}
              {text}
            </span>
          ))}
        </pre>
      </Panel>
    </div>
  );
}
