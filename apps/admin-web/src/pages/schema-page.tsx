import { useState, type ReactElement } from 'react';
import { useParams } from 'react-router';
import type { SchemaChanges, SchemaVersion } from '#contracts';
import { apiPath } from '../api/client.js';
import { Empty, PageHead, Panel } from '../ui/parts.js';
import { QueryView } from '../ui/query-view.js';
import { Tabs } from '../ui/tabs.js';
import { diffLines } from './diff-lines.js';
import { SchemaChangesList } from './schema-changes.js';
import { SchemaCheck } from './schema-check.js';
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
            <SchemaTabs type={type} versions={versions} />
          )
        }
      </QueryView>
    </>
  );
}

interface VersionsProps {
  readonly type: string;
  readonly versions: readonly SchemaVersion[];
}

function SchemaTabs({ type, versions }: VersionsProps): ReactElement {
  const newest = versions.at(-1)?.schema ?? '{}';
  return (
    <Tabs
      label="About the schema"
      tabs={[
        { id: 'versions', label: 'Versions', content: <Versions type={type} versions={versions} /> },
        { id: 'check', label: 'Check a schema', content: <SchemaCheck type={type} current={indented(newest)} /> },
      ]}
    />
  );
}

function indented(schema: string): string {
  return JSON.stringify(JSON.parse(schema), null, 2);
}

function Versions({ type, versions }: VersionsProps): ReactElement {
  const names = versions.map(({ version }) => String(version));
  const [shown, setShown] = useState(names.at(-1) ?? '');
  const [beside, setBeside] = useState(names.at(-2) ?? '');
  const textOf = (name: string): string => {
    const found = versions.find(({ version }) => String(version) === name);
    return found ? indented(found.schema) : '';
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
      {beside !== '' && (
        <Panel title={`What version ${shown} changed since version ${beside}`}>
          <QueryView<SchemaChanges>
            path={`${apiPath('schemas', type, 'changes')}?version=${beside}&of=${shown}`}
            what="what changed"
          >
            {({ changes }) => <SchemaChangesList changes={changes} nothing="Nothing that a reader would notice." />}
          </QueryView>
        </Panel>
      )}
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
